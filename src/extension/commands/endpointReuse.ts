import * as vscode from 'vscode';
import { hostOf } from '../../core/baseUrl.ts';
import { type Endpoint, type Profile, placeOf } from '../../core/configuration.ts';
import { copyEndpoints, sameEndpoint } from '../../core/endpointCopies.ts';
import { commands } from '../contributions.ts';
import { plainLabel } from '../plainLabel.ts';
import { byLevel } from '../views/endpointRows.ts';
import { remark } from './answer.ts';
import { readyToEdit } from './attachFirst.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { tellNothingToChoose } from './nothingToChoose.ts';
import { submit } from './submit.ts';
import { chooseProfile, targetOf } from './target.ts';

/** Registers the command that copies endpoints of other profiles. */
export function registerReuseCommand(context: CommandContext): vscode.Disposable {
  return registerCommand(context, commands.endpointReuse, (argument) => reuse(context, argument));
}

/** Asks for endpoints of other profiles and copies them, with their keys, all of them or none. */
async function reuse(context: CommandContext, argument: unknown): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const profile = await receivingProfile(context, argument);
  if (!profile) return;
  const items = itemsFor(context, profile);
  if (items.length === 0) return tellNothingToChoose(context.model.value);
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Reuse Endpoints in “{0}”', profile.name),
    placeHolder: vscode.l10n.t('Choose the endpoints to copy, with their keys'),
    canPickMany: true,
    matchOnDescription: true,
    // They may be compared with what another window shows.
    ignoreFocusOut: true,
  });
  const copies = (picked ?? []).flatMap(({ endpoint }) =>
    endpoint ? [{ from: endpoint.id, id: context.newId() }] : [],
  );
  if (copies.length === 0) return;
  const result = await submit(context, profile.name, copyEndpoints(profile.id, copies));
  if (result === 'done') {
    remark(vscode.l10n.t('Endpoints copied to “{0}”: {1}', plainLabel(profile.name), copies.length));
  }
}

/** The profile that the command is called on, or that of the endpoint that it is called on, else the one the user picks. */
function receivingProfile({ model }: CommandContext, argument: unknown): Promise<Profile | undefined> {
  const { configuration } = model.value;
  const target = targetOf(argument);
  const own = target?.kind === 'endpoint' ? placeOf(configuration, target.id)?.profile : undefined;
  return chooseProfile(
    model,
    own ? { kind: 'profile', id: own.id } : argument,
    vscode.l10n.t('Choose the profile that gets the endpoints'),
    ({ id }) => configuration.profiles.some((other) => other.id !== id && other.endpoints.length > 0),
  );
}

interface EndpointItem extends vscode.QuickPickItem {
  readonly endpoint?: Endpoint;
}

/** The endpoints of all other profiles, below the names of these. */
function itemsFor({ model, actions }: CommandContext, profile: Profile): EndpointItem[] {
  const contents = actions.contents();
  const isThere = ({ id, baseUrl }: Endpoint): boolean => {
    const apiKey = contents?.secrets[id]?.apiKey;
    if (!contents || apiKey === undefined) return false;
    return sameEndpoint(contents, profile.id, baseUrl, apiKey) !== undefined;
  };
  return byLevel(model.value.configuration.profiles)
    .filter(({ id, endpoints }) => id !== profile.id && endpoints.length > 0)
    .flatMap(({ name, endpoints }): EndpointItem[] => [
      { label: name, kind: vscode.QuickPickItemKind.Separator },
      ...endpoints.map((endpoint) => ({
        endpoint,
        label: plainLabel(endpoint.name),
        description: [
          hostOf(endpoint.baseUrl),
          ...(isThere(endpoint) ? [vscode.l10n.t('already in this profile')] : []),
        ].join(' · '),
      })),
    ]);
}
