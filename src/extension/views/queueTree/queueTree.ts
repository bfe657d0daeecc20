import * as vscode from 'vscode';
import type { QueueItem } from '../../../protocol/queue.ts';
import type { ProxyRequests } from '../../actions.ts';
import { logUnexpected } from '../../commands/commandContext.ts';
import { views } from '../../contributions.ts';
import { FreshAnswer } from '../../freshAnswer.ts';
import type { Model } from '../../model.ts';
import { type QueuedTarget, queuedTreeItem } from './queueItem.ts';
import { changedItems, queueVersionOf } from './queueRows.ts';

export interface QueueTreeContext {
  readonly model: Model;
  readonly requests: Pick<ProxyRequests, 'queue'>;
  readonly output: vscode.LogOutputChannel;
}

/**
 * Shows the requests that no endpoint could serve, newest first. They are asked for when something about them has
 * changed and the view is on screen; how many there are is published anyway and stands in its title.
 */
export function createQueueTree({ model, requests, output }: QueueTreeContext): vscode.Disposable {
  const provider = new QueueTreeProvider();
  const view = vscode.window.createTreeView(views.queue, { treeDataProvider: provider });
  const list = new FreshAnswer<readonly QueueItem[]>({
    ask: () => requests.queue(),
    answered: (items) => provider.show(items),
    failed: (error) => logUnexpected(output, 'queue', error),
  });
  const update = () => {
    const version = queueVersionOf(model.value);
    provider.isAttached = version !== null;
    list.update(view.visible ? version : null);
    const count = version === null ? 0 : (model.value.state?.queue.items ?? 0);
    const description = count === 0 ? '' : String(count);
    if (view.description !== description) view.description = description;
  };
  update();
  return vscode.Disposable.from(
    model.onDidChange(update),
    view.onDidChangeVisibility(update),
    view,
    provider,
  );
}

/** An item of the tree: one object per request for as long as it is kept. Commands get it as argument. */
interface Node extends QueuedTarget {
  item: QueueItem;
}

class QueueTreeProvider implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node[] | undefined>();
  #nodes: readonly Node[] = [];
  /** Whoever asks before the first list has come, which the view shows; null when it is there or none will come. */
  #waiting: (() => void)[] | null = null;
  #isAttached = false;

  readonly onDidChangeTreeData = this.#changed.event;

  /** Whether there is a proxy whose requests can be shown. */
  set isAttached(isAttached: boolean) {
    if (isAttached === this.#isAttached) return;
    this.#isAttached = isAttached;
    this.#nodes = [];
    this.#release();
    if (isAttached) this.#waiting = [];
    this.#changed.fire(undefined);
  }

  /** Draws again what has changed, and nothing else: selection, focus and hovers stay where they are. */
  show(items: readonly QueueItem[]): void {
    const known = new Map(this.#nodes.map((node) => [node.id, node]));
    const changed = changedItems(
      this.#nodes.map(({ item }) => item),
      items,
    );
    this.#nodes = items.map((item) => {
      const node: Node = known.get(item.id) ?? { kind: 'queued', id: item.id, item };
      node.item = item;
      return node;
    });
    if (this.#waiting) this.#release();
    else if (changed === 'all') this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(this.#nodes.filter(({ id }) => changed.includes(id)));
  }

  getTreeItem({ item }: Node): vscode.TreeItem {
    return queuedTreeItem(item);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node !== undefined) return [];
    if (this.#waiting) await new Promise<void>((resolve) => this.#waiting?.push(resolve));
    return [...this.#nodes];
  }

  dispose(): void {
    this.#release();
    this.#changed.dispose();
  }

  #release(): void {
    for (const resolve of this.#waiting ?? []) resolve();
    this.#waiting = null;
  }
}
