import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../../src/proxy/history/openDatabase.ts';
import { migrations } from '../../src/proxy/history/schema.ts';

/*
 * Opens fresh files, each at the same moment as another thread does, and tells the codes of those that failed.
 */

interface Orders {
  readonly file: string;
  /** How many have arrived at each round. */
  readonly arrived: Int32Array;
  readonly rounds: number;
}

const { file, arrived, rounds } = workerData as Orders;
const codes: (string | undefined)[] = [];
const size = 64 << 20;
for (let round = 0; round < rounds; round += 1) {
  Atomics.add(arrived, round, 1);
  while (Atomics.load(arrived, round) < 2) {
    // The other one is about to come.
  }
  const opened = openDatabase({
    file: `${file}.${round}`,
    limitBytes: size,
    memoryLimitBytes: size,
    now: 0,
    migrations,
  });
  if (opened.kept === 'memory') codes.push(opened.code);
  opened.database.close();
}
parentPort?.postMessage(codes);
