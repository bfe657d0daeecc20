import * as vscode from 'vscode';
import { type Endpoint, enabledEndpointsOf } from '../../core/configuration.ts';
import { profileOfEndpoint } from '../../core/configurationEdits.ts';
import type { ModelValue } from '../model.ts';
import { plainMessage } from '../plainMessage.ts';
import { type Checked, checkDetailsReport, checksReport } from '../reports/checkReport.ts';
import { byLevel } from '../views/endpointRows.ts';
import { tellUnreachable } from './answer.ts';
import type { CommandContext } from './commandContext.ts';
import { tellNothingToChoose } from './nothingToChoose.ts';
import { chooseEndpoint, targetOf } from './target.ts';

/** Checks all enabled endpoints, or those of the profile that it is called on, one after the other. */
export async function checkAll(context: CommandContext, argument: unknown): Promise<void> {
  const { model, requests, reports } = context;
  const waiting = enabledEndpoints(model.value, targetOf(argument)?.id);
  if (waiting.length === 0) return tellNothingToChoose(model.value);
  const done: Checked[] = [];
  const isLost = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Checking endpoints'),
      cancellable: true,
    },
    async (progress, cancellation) => {
      const isCancelled = cancelled(cancellation);
      for (const [index, next] of waiting.entries()) {
        const name = plainMessage(next.endpoint.name);
        const message = vscode.l10n.t('{0} of {1}: {2}', index + 1, waiting.length, name);
        progress.report({ message, increment: index === 0 ? 0 : 100 / waiting.length });
        // A check can take long; whoever cancels does not wait for it.
        const check = await Promise.race([requests.check(next.endpoint.id), isCancelled]);
        if (check === 'cancelled') break;
        if (check === undefined) return true;
        done.push({ ...next, check });
      }
      return false;
    },
  );
  if (done.length > 0) await reports.show(checksReport(done));
  if (isLost) await tellUnreachable();
}

/** Checks one endpoint and shows what came of it, in detail. */
export async function testEndpoint(context: CommandContext, argument: unknown): Promise<void> {
  const placeholder = vscode.l10n.t('Choose the endpoint to check');
  const endpoint = await chooseEndpoint(context.model, argument, placeholder);
  const checked = endpoint && (await checkEndpoint(context, endpoint));
  if (checked) await context.reports.show(checkDetailsReport(checked));
}

/**
 * Checks one endpoint, with a notification while that takes; undefined when there is no proxy to do it, or nobody wants to
 * wait for it any more.
 */
export async function checkEndpoint(
  { model, requests }: CommandContext,
  endpoint: Endpoint,
): Promise<Checked | undefined> {
  const title = vscode.l10n.t('Checking “{0}”', plainMessage(endpoint.name));
  const check = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (_, cancellation) => Promise.race([requests.check(endpoint.id), cancelled(cancellation)]),
  );
  if (check === 'cancelled') return undefined;
  if (check === undefined) {
    await tellUnreachable();
    return undefined;
  }
  return { endpoint, profile: profileOfEndpoint(model.value.configuration, endpoint.id)?.name ?? '', check };
}

const cancelled = (cancellation: vscode.CancellationToken): Promise<'cancelled'> =>
  new Promise((resolve) => {
    cancellation.onCancellationRequested(() => resolve('cancelled'));
  });

function enabledEndpoints({ configuration }: ModelValue, profileId?: string): Omit<Checked, 'check'>[] {
  return byLevel(configuration.profiles)
    .filter(({ id }) => profileId === undefined || id === profileId)
    .flatMap((profile) => {
      // Who asks for one profile wants to know how it is, also where it is switched off.
      const isMeant = profileId !== undefined;
      const asked = enabledEndpointsOf(isMeant ? { ...profile, enabled: true } : profile);
      return asked.map((endpoint) => ({ endpoint, profile: profile.name }));
    });
}
