import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BenchReport } from '../bench/report.ts';

/** The paths of all numbers in a value, lists by their first element. */
function numbersIn(value: unknown, path = ''): [path: string, value: number][] {
  if (typeof value === 'number') return [[path, value]];
  if (Array.isArray(value)) return numbersIn(value[0], `${path}[]`);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => numbersIn(each, path ? `${path}.${name}` : name));
}

test('the benchmark runs, prints its tables and writes every figure as JSON', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'bench.json');

  const printed = execFileSync(process.execPath, ['test/bench/bench.ts', '--smoke', '--json', file]);

  const report = JSON.parse(readFileSync(file, 'utf8')) as BenchReport;
  assert.match(printed.toString(), /^body .*direct .*bare .*QCC .*QCC : bare .*target$/m);
  assert.deepEqual(
    report.firstByte.map(({ bodyBytes }) => bodyBytes),
    [1_024, 200_000, 1_000_000],
  );
  assert.deepEqual(
    [report.slowStreams.passThrough, report.slowStreams.qcc].map(({ atOnce, errors }) => [atOnce, errors]),
    [
      [10, 0],
      [10, 0],
    ],
  );
  const figures = new Map(numbersIn(report));
  for (const path of [
    'firstByte[].direct.medianMs',
    'firstByte[].direct.p99Ms',
    'firstByte[].passThrough.addedMedianMs',
    'firstByte[].passThrough.addedP99Ms',
    'firstByte[].qcc.addedMedianMs',
    'firstByte[].qcc.addedP99Ms',
    'failover.addedMedianMs',
    'failover.addedMaxMs',
    'abort.passThrough.medianMs',
    'abort.qcc.maxMs',
    'history.recordMicroseconds',
    'history.monthFromSumsMs',
    'history.monthFromRequestsMs',
    ...(process.platform === 'linux' ? ['firstByte[].qcc.processorMs', 'slowStreams.qcc.peakMegabytes'] : []),
  ]) {
    assert.ok(Number.isFinite(figures.get(path)), path);
  }
});
