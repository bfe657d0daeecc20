import * as vscode from 'vscode';
import { commands } from '../contributions.ts';
import { figuresIn } from '../figures.ts';
import type { ModelValue } from '../model.ts';
import { needsChoice } from '../proxyLink/linkStatus.ts';
import { historyText, linkLabel, linkText, otherVersionText } from '../words.ts';
import type { CommandContext } from './commandContext.ts';

interface StatusAction extends vscode.MessageItem {
  run?(): unknown;
}

/** Shows how the proxy is, with what can be done about it. */
export async function showProxyStatus({ model }: CommandContext): Promise<void> {
  const { value } = model;
  const chosen = await vscode.window.showInformationMessage<StatusAction>(
    vscode.l10n.t('QCC proxy: {0}', linkLabel(value.link)),
    { modal: true, detail: statusLines(value, Date.now()).join('\n') },
    ...actionsFor(value),
    { title: vscode.l10n.t('Close'), isCloseAffordance: true },
  );
  await chosen?.run?.();
}

function statusLines({ link, state }: ModelValue, now: number): string[] {
  const explanation = linkText(link);
  const lines = explanation === undefined ? [] : [explanation];
  const address = addressOf(link);
  if (address !== undefined) lines.push(vscode.l10n.t('Address: {0}', address));
  if (state === null) return lines;
  lines.push(
    vscode.l10n.t('Version: {0}', state.version),
    vscode.l10n.t('Process: {0}', state.pid),
    vscode.l10n.t('Running for: {0}', durationText(now - state.startedAt)),
    vscode.l10n.t('Windows attached: {0}', state.windows),
    vscode.l10n.t('Requests in flight: {0}', state.inFlight),
    vscode.l10n.t('Requests waiting for an endpoint: {0}', state.waiting.count),
    vscode.l10n.t('Turns rescued: {0}', state.rescued),
    vscode.l10n.t('Requests in the queue: {0}', state.queue.items),
    vscode.l10n.t('Tokens used by checks: {0}', figuresIn(vscode.env.language).count(state.checkTokens)),
  );
  const otherVersion = otherVersionText(state.version);
  if (otherVersion !== undefined) lines.push(otherVersion);
  const history = historyText(state.history);
  if (history !== undefined) lines.push(history);
  if (state.insecureTls) {
    lines.push(
      vscode.l10n.t(
        'Certificates of endpoints are not checked, because the setting http.proxyStrictSSL is off.',
      ),
    );
  }
  return lines;
}

const addressOf = (link: ModelValue['link']): string | undefined =>
  link.kind === 'attached' || link.kind === 'otherStore' ? `http://127.0.0.1:${link.port}` : undefined;

function actionsFor({ link }: ModelValue): StatusAction[] {
  const showLog = command(vscode.l10n.t('Show Log'), commands.proxyLogs);
  const address = addressOf(link);
  if (address === undefined) {
    return link.kind === 'starting' || link.kind === 'incompatible'
      ? [showLog]
      : [command(vscode.l10n.t('Start Proxy'), commands.proxyStart), showLog];
  }
  const copy = {
    title: vscode.l10n.t('Copy Address'),
    run: () => vscode.env.clipboard.writeText(address),
  };
  if (needsChoice(link)) {
    return [copy, showLog, command(vscode.l10n.t('Choose Configuration'), commands.configChoose)];
  }
  return [copy, showLog, command(vscode.l10n.t('Restart Proxy'), commands.proxyRestart)];
}

const command = (title: string, id: string): StatusAction => ({
  title,
  run: () => vscode.commands.executeCommand(id),
});

function durationText(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return vscode.l10n.t('{0} min', minutes);
  return vscode.l10n.t('{0} h {1} min', hours, minutes % 60);
}
