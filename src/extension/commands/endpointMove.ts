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
  /** Brings a row into sight. */
  show(target: Target): Promise<void>;
}

/** Registers the commands that move an endpoint within its profile. */
export function registerMoveCommands(context: CommandContext, tree: TreeFocus): vscode.Disposable {
  const keys = new KeyTurns();
  const move = (argument: unknown, by: -1 | 1) =>
    argument === keyArgument
      ? keys.take(() => moveFocused(context, tree, by))
      : moveChosen(context, targetOf(argument), by).then(() => undefined);
  return vscode.Disposable.from(
    registerCommand(context, commands.endpointMoveUp, (argument) => move(argument, -1)),
    registerCommand(context, commands.endpointMoveDown, (argument) => move(argument, 1)),
  );
}

/** What the key bindings in the manifest pass, since a key comes without an item of the tree. */
const keyArgument = 'focused';

/** So many presses wait at most: a key that is held down repeats faster than endpoints can be moved. */
const maxWaitingKeys = 4;

/** Has what keys ask for done one after the other, so that each begins where the one before has led to. */
class KeyTurns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  async take(action: () => Promise<void>): Promise<void> {
    if (this.#waiting >= maxWaitingKeys) return;
    this.#waiting += 1;
    // What has become of the one before is its own matter.
    const turn = this.#last.then(action, action).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = turn;
    await turn;
  }
}

/** Moves the endpoint that has the focus. A key that is pressed on something else asks for nothing. */
async function moveFocused(context: CommandContext, tree: TreeFocus, by: -1 | 1): Promise<void> {
  const target = await tree.focused();
  if (target?.kind !== 'endpoint') return;
  if (await moveChosen(context, target, by)) await tree.show(target);
}

/** Moves an endpoint, which is asked for where none is given. @returns whether it was moved */
async function moveChosen(context: CommandContext, target: Target | undefined, by: -1 | 1): Promise<boolean> {
  if (!(await readyToEdit(context))) return false;
  const { configuration } = context.model.value;
  const editFor = ({ id }: Endpoint) => moveEndpointBy(configuration, id, by);
  const prompt =
    by === -1
      ? vscode.l10n.t('Choose the endpoint to move up')
      : vscode.l10n.t('Choose the endpoint to move down');
  const endpoint = await chooseEndpoint(context.model, target, prompt, (each) => editFor(each) !== undefined);
  const edit = endpoint && editFor(endpoint);
  return edit ? (await submit(context, endpoint.name, edit)) === 'done' : false;
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
