import * as vscode from 'vscode';
import type { Target } from '../commands/target.ts';
import { views } from '../contributions.ts';
import type { Model, ModelValue } from '../model.ts';
import { linkText } from '../words.ts';
import { cannotServe } from './endpointCondition.ts';
import { treeItemOf } from './endpointItem.ts';
import { changedRows, type ProfileRow, type Row, rowsOf } from './endpointRows.ts';
import { hasLinkFailed } from './health.ts';

/** An item of the tree: one object per profile or endpoint for as long as it exists. Commands get it as argument. */
interface Node extends Target {
  row: Row;
}

/**
 * In what steps seconds count down here: a row that is drawn again loses its tooltip, which takes a while to read.
 */
const secondsStep = 10;

/** Shows profiles and their endpoints. */
export function createEndpointTree(model: Model): vscode.Disposable {
  const provider = new EndpointTreeProvider(model.value);
  const view = vscode.window.createTreeView(views.endpoints, { treeDataProvider: provider });
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
  return vscode.Disposable.from(model.onDidChange(update), view, provider);
}

class EndpointTreeProvider implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node[] | undefined>();
  readonly #nodes = new Map<string, Node>();
  #rows: readonly ProfileRow[] = [];

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(value: ModelValue) {
    this.#show(rowsOf(value, secondsStep));
  }

  get rows(): readonly ProfileRow[] {
    return this.#rows;
  }

  /** Draws again what has changed, and nothing else: selection, focus and hovers stay where they are. */
  update(value: ModelValue): void {
    const rows = rowsOf(value, secondsStep);
    const changed = changedRows(this.#rows, rows);
    this.#show(rows);
    if (changed === 'all') this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed.flatMap((id) => this.#nodes.get(id) ?? []));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return treeItemOf(node.row);
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) return this.#nodesOf(this.#rows);
    return node.row.kind === 'profile' ? this.#nodesOf(node.row.endpoints) : [];
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #nodesOf(rows: readonly Row[]): Node[] {
    return rows.flatMap((row) => this.#nodes.get(row.id) ?? []);
  }

  #show(rows: readonly ProfileRow[]): void {
    this.#rows = rows;
    const all: Row[] = rows.flatMap((profile) => [profile, ...profile.endpoints]);
    const ids = new Set(all.map((row) => row.id));
    for (const id of this.#nodes.keys()) if (!ids.has(id)) this.#nodes.delete(id);
    for (const row of all) {
      const node = this.#nodes.get(row.id);
      if (node) node.row = row;
      else this.#nodes.set(row.id, { kind: row.kind, id: row.id, row });
    }
  }
}

/** Counts what needs the user: a link that has failed, else endpoints of the active profile that are of no use. */
function badgeOf({ link }: ModelValue, rows: readonly ProfileRow[]): vscode.ViewBadge | undefined {
  if (hasLinkFailed(link)) return { value: 1, tooltip: linkText(link) ?? '' };
  const active = rows.find((profile) => profile.active);
  const failing = active?.endpoints.filter(({ condition, state }) => cannotServe(condition, state)) ?? [];
  if (failing.length === 0) return undefined;
  return {
    value: failing.length,
    tooltip: vscode.l10n.t('Endpoints of the active profile that cannot serve: {0}', failing.length),
  };
}
