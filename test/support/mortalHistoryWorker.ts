import { parentPort } from 'node:worker_threads';
import '../../src/proxy/history/historyWorker.ts';

/*
 * The thread of the history, which ends at once when it is asked for the trace of the request `end`, and answers
 * nothing for as many milliseconds as the request `sleep <ms>` says.
 */

parentPort?.prependListener('message', ({ name, args }: { name: string; args: readonly unknown[] }) => {
  if (name !== 'trace') return;
  const [order, ms] = String(args[0]).split(' ');
  if (order === 'end') process.exit(1);
  if (order === 'sleep') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
});
