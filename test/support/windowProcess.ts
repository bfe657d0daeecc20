import { addProfile } from '../../src/core/configurationEdits.ts';
import { proxyRequests } from '../../src/extension/proxyLink/proxyRequests.ts';
import type { ClaudeCodeTarget } from '../../src/protocol/clients.ts';
import { LinkedWindow } from './linkedWindow.ts';
import { StoreFolder } from './storeFolder.ts';

/*
 * A window in a process of its own, which can be killed: `windowProcess.ts OPTIONS`, with the options as JSON. It does what
 * it is told over the channel to its parent, says what happens to it, and ends with its parent.
 */

/** How a window is opened. */
export interface WindowProcessOptions {
  /** The state folder. */
  readonly home: string;
  readonly port: number;
  /** Where its editor keeps the document; windows of one editor share it. */
  readonly store: string;
  /** The bundled proxy that it starts. */
  readonly script: string;
  /** Of the build that it runs. */
  readonly version: string;
}

/** What a window is told. */
export type WindowOrder =
  /** Adds a profile of this name. */
  | { readonly do: 'addProfile'; readonly name: string }
  /** Has the proxy put its entries into the settings of Claude Code. */
  | { readonly do: 'configureClaudeCode'; readonly target: ClaudeCodeTarget }
  /** Has the proxy end and starts another one. */
  | { readonly do: 'restart' }
  /** Closes in order, as on `deactivate`. */
  | { readonly do: 'close' };

/** What a window says. */
export type WindowReport =
  /** How it stands to the proxy now. */
  | { readonly kind: 'status'; readonly status: string }
  /** What the proxy or the link has logged. */
  | { readonly kind: 'log'; readonly event: string }
  /** An order is done; `problem` is why not. */
  | { readonly kind: 'done'; readonly order: number; readonly problem: string | null }
  /** Something happened that should not. */
  | { readonly kind: 'error'; readonly text: string };

/** An order with its number. */
export type NumberedOrder = WindowOrder & { readonly order: number };

const report = (message: WindowReport): void => {
  // A parent that is gone needs no report; `disconnect` follows.
  process.send?.(message, undefined, undefined, () => undefined);
};

const { store: folder, ...options } = JSON.parse(process.argv[2] ?? '') as WindowProcessOptions;
const store = new StoreFolder(folder);
const window = new LinkedWindow({
  ...options,
  heard: (event) => {
    if ('status' in event) report({ kind: 'status', status: event.status.kind });
    else if ('entry' in event) report({ kind: 'log', event: event.entry.event });
    else report({ kind: 'error', text: String(event.error) });
  },
});
window.storeAccess.load = () => store.load();
window.storeAccess.save = (document, displaced) => store.save(document, displaced);

/** Does as told. @returns why it could not be done, or null */
async function obey(order: WindowOrder): Promise<string | null> {
  switch (order.do) {
    case 'addProfile': {
      const { name } = order;
      const outcome = await window.link.edit(addProfile({ id: name, name, description: '' }));
      return outcome.ok ? null : outcome.problem;
    }
    case 'configureClaudeCode': {
      const outcome = await proxyRequests(window.link).configureClaudeCode(order.target);
      return outcome?.ok ? null : (outcome?.problem.code ?? 'notAttached');
    }
    case 'restart':
      await window.link.restart();
      return null;
    case 'close':
      await window.link.dispose();
      setImmediate(() => process.disconnect());
      return null;
  }
}

process.on('message', (message) => {
  const { order, ...what } = message as NumberedOrder;
  obey(what as WindowOrder).then(
    (problem) => report({ kind: 'done', order, problem }),
    (error: unknown) => report({ kind: 'done', order, problem: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
window.link.start(true);
