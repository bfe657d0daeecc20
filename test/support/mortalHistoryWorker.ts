import { parentPort } from 'node:worker_threads';

/*
 * The thread of the history, which ends at once when it is asked for the trace of the request `end`, and does nothing
 * for some milliseconds when it is asked for that of `sleep <milliseconds>`.
 */

parentPort?.on('message', ({ name, args }: { name: string; args: readonly unknown[] }) => {
  if (name !== 'trace') return;
  const [order, ms] = String(args[0]).split(' ');
  if (order === 'end') process.exit(1);
  if (order === 'sleep') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
});
// Afterwards, so that it hears of each message after us.
await import('../../src/proxy/history/historyWorker.ts');
