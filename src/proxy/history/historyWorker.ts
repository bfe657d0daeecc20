import { parentPort, workerData } from 'node:worker_threads';
import { codeOf, isDamage } from './database.ts';
import type { CallMessage, CallName, HistoryCalls, ThreadMessage, ThreadOptions } from './historyCalls.ts';
import { HistoryStore } from './historyStore.ts';

/*
 * The thread that has the database, so that nothing SQLite waits for holds up a stream. It answers one call after the
 * other, in the order in which they come.
 */

if (parentPort === null) throw new Error('The history runs in a thread of its own.');
const port = parentPort;
const tell = (message: ThreadMessage) => port.postMessage(message);

const store = new HistoryStore(workerData as ThreadOptions, Date.now, (state) =>
  tell({ kind: 'state', state }),
);

port.on('message', async ({ id, name, args }: CallMessage) => {
  try {
    tell({ kind: 'answer', id, value: await call(store, name, args) });
  } catch (error) {
    if (isDamage(error)) store.replaceDamaged();
    tell({ kind: 'refusal', id, code: codeOf(error) });
  }
  // Nothing is left that could keep the thread running.
  if (name === 'close') port.close();
});

function call<N extends CallName>(calls: HistoryCalls, name: N, args: Parameters<HistoryCalls[N]>): unknown {
  return (calls[name] as (...args: Parameters<HistoryCalls[N]>) => unknown).apply(calls, args);
}
