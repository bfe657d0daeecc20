import * as vscode from 'vscode';
import { type Endpoint, placeOf } from '../../core/configuration.ts';
import { type EndpointDestination, moveEndpoint, moveEndpointBy } from '../../core/endpointOrder.ts';
import { commands } from '../contributions.ts';
import { readyToEdit } from './attachFirst.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { submit } from './submit.ts';
import { chooseEndpoint, type Target, targetOf } from './target.ts';

/** The tree as far as keys that are pressed there are about it. */
export interface TreeFocus {
  /** What the focus is on, or undefined when that is nothing that a command could be about. */
  focused(): Promise<Target | undefined>;
  /** Brings a row into sight and the focus to it. */
  follow(target: Target): Promise<void>;
}

/** Registers the commands that move an endpoint within its profile. */
export function registerMoveCommands(context: CommandContext, tree: TreeFocus): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.endpointMoveUp, (argument) => moveBy(context, tree, argument, -1)),
    registerCommand(context, commands.endpointMoveDown, (argument) => moveBy(context, tree, argument, 1)),
  );
}

/** What the key bindings in the manifest pass, since a key comes without an item of the tree. */
const keyArgument = 'focused';

async function moveBy(
  context: CommandContext,
  tree: TreeFocus,
  argument: unknown,
  by: -1 | 1,
): Promise<void> {
  const isKey = argument === keyArgument;
  const target = isKey ? await tree.focused() : targetOf(argument);
  // A key that is pressed on something else than an endpoint asks for nothing.
  if (isKey && target?.kind !== 'endpoint') return;
  if (!(await readyToEdit(context))) return;
  const { configuration } = context.model.value;
  const editFor = ({ id }: Endpoint) => moveEndpointBy(configuration, id, by);
  const prompt =
    by === -1
      ? vscode.l10n.t('Choose the endpoint to move up')
      : vscode.l10n.t('Choose the endpoint to move down');
  const endpoint = await chooseEndpoint(context.model, target, prompt, (each) => editFor(each) !== undefined);
  const edit = endpoint && editFor(endpoint);
  if (!edit) return;
  const isMoved = (await submit(context, endpoint.name, edit)) === 'done';
  if (isKey && target && isMoved) await tree.follow(target);
}

/** Moves an endpoint to where it was dropped. */
export async function moveTo(
  context: CommandContext,
  endpointId: string,
  destination: EndpointDestination,
): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const place = placeOf(context.model.value.configuration, endpointId);
  if (place) await submit(context, place.endpoint.name, moveEndpoint(endpointId, destination));
}
