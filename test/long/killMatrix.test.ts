import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type BuiltVersion, builtVersion } from '../support/builtVersions.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';
import { killCells } from './killCells.ts';
import { killRun } from './killRun.ts';
import { Slots } from './slots.ts';

/*
 * Whoever is killed, whenever: afterwards one proxy serves as soon as there is a window, and nothing is damaged or left.
 * `KILL_SEEDS=17,40` runs these alone.
 */

const runs = 200;
const chosen = process.env.KILL_SEEDS?.split(',').map(Number);
const seeds = chosen ?? Array.from({ length: runs }, (_, seed) => seed);

let endpoint: SimulatedEndpoint;
let builds: { readonly older: BuiltVersion; readonly newer: BuiltVersion };

before(async () => {
  builds = { older: await builtVersion('1.0.0'), newer: await builtVersion('1.1.0') };
  endpoint = await startSimulatedEndpoint({
    name: 'steady',
    firstTokenMs: 10,
    tokensPerSecond: 40,
    words: 50,
  });
});
after(() => endpoint.close());

it(`all is well after ${runs} kills at random moments`, async (t) => {
  const active = new Slots(3);
  const all = new Slots(24);
  const failures: string[] = [];
  let done = 0;
  await Promise.all(
    seeds.map((seed) =>
      all.use(() =>
        active.use(async () => {
          const cell = killCells[seed % killCells.length];
          assert.ok(cell);
          try {
            await killRun({
              seed,
              cell,
              endpoint: endpoint.url,
              builds,
              idly: (wait) => active.without(wait),
            });
          } catch (error) {
            failures.push((error as Error).message);
          }
          done += 1;
        }),
      ),
    ),
  );
  t.diagnostic(`${done} runs, ${failures.length} failed`);
  assert.deepEqual(failures, []);
});
