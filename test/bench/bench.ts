import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { measureAbort } from './abort.ts';
import { measureFailover } from './failover.ts';
import { type FirstBytePlan, measureFirstByte } from './firstByte.ts';
import { measureHistory } from './history.ts';
import { type BenchReport, reportText } from './report.ts';
import { measureSlowStreams, type SlowStreamsPlan } from './slowStreams.ts';

/*
 * What QCC costs, next to a direct connection and to a proxy that does nothing, in one run:
 * `npm run --silent bench -- [--quick | --smoke] [--json FILE]`. It prints tables and judges nothing.
 */

interface Plan {
  readonly firstByte: readonly FirstBytePlan[];
  readonly slowStreams: SlowStreamsPlan;
  /** Rounds of the measurements of single events. */
  readonly failoverRounds: number;
  readonly abortRounds: number;
  /** Requests of 30 days, and how often they are asked for. */
  readonly history: readonly [requests: number, rounds: number];
}

function plan(
  requests: readonly [number, number, number],
  warmUp: number,
  rest: Omit<Plan, 'firstByte'>,
): Plan {
  const sizes = [1_024, 200_000, 1_000_000];
  return {
    firstByte: sizes.map((bodyBytes, index) => ({ bodyBytes, requests: requests[index] ?? 0, warmUp })),
    ...rest,
  };
}

const plans: Record<BenchReport['mode'], Plan> = {
  full: plan([5_000, 3_000, 1_500], 300, {
    slowStreams: { streams: 500, bodyBytes: 200_000, slowMs: 15_000 },
    failoverRounds: 300,
    abortRounds: 200,
    history: [200_000, 50],
  }),
  quick: plan([1_000, 600, 300], 100, {
    slowStreams: { streams: 500, bodyBytes: 200_000, slowMs: 5_000 },
    failoverRounds: 60,
    abortRounds: 40,
    history: [40_000, 20],
  }),
  // So that a test sees that the benchmark still runs; its figures mean nothing.
  smoke: plan([5, 5, 5], 1, {
    slowStreams: { streams: 10, bodyBytes: 200_000, slowMs: 200 },
    failoverRounds: 2,
    abortRounds: 2,
    history: [1_000, 2],
  }),
};

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, smoke: { type: 'boolean' }, json: { type: 'string' } },
});
if (!existsSync(new URL('../../dist/serve.cjs', import.meta.url))) {
  throw new Error('There is no dist/serve.cjs: run `npm run bench`.');
}
const mode = values.smoke ? 'smoke' : values.quick ? 'quick' : 'full';
const chosen = plans[mode];

const report: BenchReport = {
  version: 1,
  mode,
  machine: { node: process.versions.node, platform: process.platform, processors: availableParallelism() },
  firstByte: await measureFirstByte(chosen.firstByte),
  slowStreams: await measureSlowStreams(chosen.slowStreams),
  failover: await measureFailover(chosen.failoverRounds),
  abort: await measureAbort(chosen.abortRounds),
  history: await measureHistory(...chosen.history),
};
process.stdout.write(reportText(report));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
