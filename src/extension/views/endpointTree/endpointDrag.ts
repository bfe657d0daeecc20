import * as vscode from 'vscode';
import type { CommandContext } from '../../commands/commandContext.ts';
import { logUnexpected } from '../../commands/commandContext.ts';
import { moveTo } from '../../commands/endpointMove.ts';
import { changeLevel } from '../../commands/levels.ts';
import { type LevelTarget, type Target, targetOf } from '../../commands/target.ts';
import { views } from '../../contributions.ts';
import { type DropEffect, dropEffect } from './dropEffect.ts';

/** The type under which the editor passes what is dragged within our own tree, and nowhere else. */
const ownType = `application/vnd.code.tree.${views.endpoints.toLowerCase()}`;

/** Lets endpoints be dragged to another place or profile, and profiles to another level. */
export class EndpointDrag<Node> implements vscode.TreeDragAndDropController<Node> {
  readonly dragMimeTypes = [ownType];
  readonly dropMimeTypes = [ownType];
  readonly #context: CommandContext;
  readonly #placeOf: (node: Node) => Target | LevelTarget | undefined;

  /** @param placeOf what it means to drop something on a row of the tree, or undefined for one that is no place */
  constructor(context: CommandContext, placeOf: (node: Node) => Target | LevelTarget | undefined) {
    this.#context = context;
    this.#placeOf = placeOf;
  }

  handleDrag(nodes: readonly Node[], transfer: vscode.DataTransfer): void {
    const [node] = nodes;
    const target = targetOf(node);
    if (target) transfer.set(ownType, new vscode.DataTransferItem(target));
  }

  async handleDrop(onto: Node | undefined, transfer: vscode.DataTransfer): Promise<void> {
    const dragged = targetOf(transfer.get(ownType)?.value);
    const place = onto && this.#placeOf(onto);
    // A row that is no place is not the empty part of the view either.
    if (!dragged || (onto && !place)) return;
    const effect = dropEffect(this.#context.model.value.configuration, dragged, place);
    if (!effect) return;
    try {
      await this.#carryOut(effect);
    } catch (error) {
      logUnexpected(this.#context.output, 'drop', error);
    }
  }

  async #carryOut(effect: DropEffect): Promise<void> {
    switch (effect.kind) {
      case 'moveEndpoint':
        return moveTo(this.#context, effect.endpointId, effect.destination);
      case 'setLevel':
        return changeLevel(this.#context, effect.profileId, effect.level);
    }
  }
}
