import * as vscode from 'vscode';
import type { CommandContext } from '../../commands/commandContext.ts';
import type { TreeFocus } from '../../commands/endpointMove.ts';
import { type LevelTarget, type Target, targetOf } from '../../commands/target.ts';
import { views } from '../../contributions.ts';
import type { ModelValue } from '../../model.ts';
import { linkText } from '../../words.ts';
import { cannotServe } from '../endpointCondition.ts';
import { hasLinkFailed } from '../health.ts';
import { createDimmedRows } from './dimmedRows.ts';
import { EndpointDrag } from './endpointDrag.ts';
import { focusedNode } from './focusedNode.ts';
import { treeItemOf } from './treeItem.ts';
import { changedRows, childrenOf, type TreeRow, treeOf, withDescendants } from './treeRows.ts';

/** An item of the tree: one object per row for as long as it exists. Commands get it as argument. */
interface Node {
  readonly kind: TreeRow['kind'];
  readonly id: string;
  /** Of a level. */
  readonly level?: LevelTarget['level'];
  row: TreeRow;
}

/**
 * In what steps seconds count down here: a row that is drawn again loses its tooltip, which takes a while to read.
 */
const secondsStep = 10;

/** Shows levels, profiles and their endpoints. */
export function createEndpointTree(context: CommandContext): vscode.Disposable & TreeFocus {
  const { model } = context;
  const provider = new EndpointTreeProvider(model.value);
  const view = vscode.window.createTreeView(views.endpoints, {
    treeDataProvider: provider,
    dragAndDropController: new EndpointDrag(context, placeOfNode),
  });
  let badge = 'null';
  const update = (value: ModelValue) => {
    provider.update(value);
    // With a message the view would not show its welcome, which says the same and offers more.
    const message = (value.configuration.profiles.length > 0 && linkText(value.link)) || '';
    if (view.message !== message) view.message = message;
    const next = badgeOf(value, provider.rows);
    const key = JSON.stringify(next ?? null);
    if (key !== badge) {
      badge = key;
      view.badge = next;
    }
  };
  update(model.value);
  const all = vscode.Disposable.from(model.onDidChange(update), view, provider, createDimmedRows());
  return {
    focused: async () => targetOf(await focusedNode(view)),
    show: async ({ id }) => {
      const node = provider.nodeOf(id);
      // The focus stays at the row by itself, unless somebody has moved it on meanwhile.
      if (node && view.visible) await view.reveal(node, { select: false, focus: false });
    },
    dispose: () => all.dispose(),
  };
}

function placeOfNode(node: Node): Target | LevelTarget | undefined {
  const { row } = node;
  if (row.kind === 'level') return { kind: 'level', level: row.level };
  // It stands where the first endpoint comes to.
  return row.kind === 'firstEndpoint' ? { kind: 'profile', id: row.profileId } : targetOf(node);
}

class EndpointTreeProvider implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node[] | undefined>();
  readonly #nodes = new Map<string, Node>();
  #rows: readonly TreeRow[] = [];

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(value: ModelValue) {
    this.#show(treeOf(value, secondsStep));
  }

  get rows(): readonly TreeRow[] {
    return this.#rows;
  }

  /** Draws again what has changed, and nothing else: selection, focus and hovers stay where they are. */
  update(value: ModelValue): void {
    const rows = treeOf(value, secondsStep);
    const changed = changedRows(this.#rows, rows);
    this.#show(rows);
    if (changed === 'all') this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed.flatMap((id) => this.#nodes.get(id) ?? []));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return treeItemOf(node.row);
  }

  getChildren(node?: Node): Node[] {
    return this.#nodesOf(node === undefined ? this.#rows : childrenOf(node.row));
  }

  /** Asked for by the editor when a row is to be brought into sight. */
  getParent(node: Node): Node | undefined {
    const all = withDescendants(this.#rows);
    const parent = all.find((row) => childrenOf(row).some(({ id }) => id === node.id));
    return parent && this.#nodes.get(parent.id);
  }

  nodeOf(id: string): Node | undefined {
    return this.#nodes.get(id);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #nodesOf(rows: readonly TreeRow[]): Node[] {
    return rows.flatMap((row) => this.#nodes.get(row.id) ?? []);
  }

  #show(rows: readonly TreeRow[]): void {
    this.#rows = rows;
    const all = withDescendants(rows);
    const ids = new Set(all.map((row) => row.id));
    for (const id of this.#nodes.keys()) if (!ids.has(id)) this.#nodes.delete(id);
    for (const row of all) {
      const node = this.#nodes.get(row.id);
      if (node) node.row = row;
      else this.#nodes.set(row.id, newNode(row));
    }
  }
}

function newNode(row: TreeRow): Node {
  const { kind, id } = row;
  return kind === 'level' ? { kind, id, level: row.level, row } : { kind, id, row };
}

/** Counts what needs the user: a link that has failed, else endpoints of the active profile that are of no use. */
function badgeOf({ link }: ModelValue, rows: readonly TreeRow[]): vscode.ViewBadge | undefined {
  if (hasLinkFailed(link)) return { value: 1, tooltip: linkText(link) ?? '' };
  const active = withDescendants(rows).find((row) => row.kind === 'profile' && row.active);
  const endpoints = active?.kind === 'profile' ? active.endpoints : [];
  const failing = endpoints.filter(({ condition, state }) => cannotServe(condition, state));
  if (failing.length === 0) return undefined;
  return {
    value: failing.length,
    tooltip: vscode.l10n.t('Endpoints of the active profile that cannot serve: {0}', failing.length),
  };
}
