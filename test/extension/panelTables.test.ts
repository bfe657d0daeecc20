import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ColumnKey,
  columnKeys,
  type ShownData,
  tableFileName,
  tableText,
} from '../../src/extension/views/panel/panelTables.ts';
import {
  type PanelEndpoint,
  type PanelExportFormat,
  type PanelHistory,
  type PanelTable,
  panelTables,
} from '../../src/protocol/panel.ts';

const words = {
  titles: Object.fromEntries(columnKeys.map((key) => [key, `title of ${key}`])) as Record<ColumnKey, string>,
  kind: (kind: string) => `kind ${kind}`,
};

/** On the clock of this machine, as the table is. */
const at = new Date(2026, 0, 2, 3, 4, 5).getTime();
const iso = new Date(at).toISOString();

const sums = {
  requests: 9,
  served: 7,
  rescued: 1,
  failed: 1,
  input: 10,
  output: 20,
  cacheRead: 30,
  cacheWrite: 40,
  cost: 0.125,
  firstContentP50Ms: 400,
  firstContentP95Ms: null,
};

const history: PanelHistory = {
  range: '24h',
  endpointId: 'a',
  from: at,
  to: at,
  stepMs: 300_000,
  points: [{ at, ...sums }],
  totals: { ...sums, retries: 0, unpricedTokens: 0 },
  endpoints: [{ id: 'a', ...sums }],
  models: [{ model: '=evil()', ...sums }],
  days: [{ day: '2026-01-02', ...sums }],
  events: [{ at, tone: 'bad', kind: 'standing', subject: 'relay', text: 'Suspended, "open"' }],
};

const endpoint = (id: string, changes: Partial<PanelEndpoint> = {}): PanelEndpoint => ({
  id,
  name: `name of ${id}`,
  host: `${id}.example`,
  profile: 'work',
  active: true,
  role: 'active',
  state: { code: 'open', label: 'Suspended', details: [] },
  inFlight: 2,
  requests: 100,
  failures: 50,
  successRate: 0.5,
  firstByteMs: 1,
  servedAt: null,
  failure: { text: 'Connection refused', at },
  weight: { configured: 100, effective: 35 },
  quota: [],
  check: 'Passed',
  ...changes,
});

const shown: ShownData = {
  history,
  requests: [
    {
      id: 'req_1',
      at,
      model: 'opus',
      endpoint: 'relay',
      outcome: { code: 'clientGone', tone: 'neutral', label: 'Client left' },
      status: null,
      attempts: 2,
      durationMs: 12.5,
      input: 3,
      output: null,
      cost: 0.5,
    },
  ],
  endpoints: [endpoint('a'), endpoint('b', { failure: null, weight: null, inFlight: null, check: null })],
};

const text = (table: PanelTable, format: PanelExportFormat, data = shown) =>
  tableText(table, data, { format, words });
const lines = (table: PanelTable) => text(table, 'csv')?.slice(1).trimEnd().split('\r\n') ?? [];
const json = (table: PanelTable) => JSON.parse(text(table, 'json') ?? 'null');

describe('an exported table for people', () => {
  it('has titles in their language, and times on the clock of the machine', () => {
    assert.deepEqual(lines('series'), [
      'title of time,title of requests,title of served,title of rescued,title of failed,title of inputTokens,' +
        'title of outputTokens,title of cacheReadTokens,title of cacheWriteTokens,title of costUsd,' +
        'title of firstContentP50Ms,title of firstContentP95Ms',
      '2026-01-02 03:04:05,9,7,1,1,10,20,30,40,0.125,400,',
    ]);
  });

  it('says in words what programs know by a code', () => {
    assert.equal(lines('requests')[1], '2026-01-02 03:04:05,req_1,opus,relay,Client left,,2,12.5,3,,0.5');
    assert.equal(lines('events')[1], '2026-01-02 03:04:05,kind standing,relay,"Suspended, ""open"""');
  });

  it('has names that nothing is calculated from', () => {
    assert.match(lines('models')[1] ?? '', /^'=evil\(\),9,/);
  });

  it('has all endpoints, with what each did in the range that is shown', () => {
    assert.deepEqual(lines('endpoints').slice(1), [
      'name of a,a.example,work,Suspended,2,9,7,1,1,10,20,30,40,0.125,400,,100,35,Passed,Connection refused,2026-01-02 03:04:05',
      'name of b,b.example,work,Suspended,,,,,,,,,,,,,,,,,',
    ]);
  });
});

describe('an exported table for programs', () => {
  it('has numbers, codes and ISO times under keys that never change', () => {
    assert.deepEqual(json('requests'), {
      table: 'requests',
      rows: [
        {
          time: iso,
          requestId: 'req_1',
          model: 'opus',
          endpoint: 'relay',
          outcome: 'clientGone',
          status: null,
          attempts: 2,
          durationMs: 12.5,
          inputTokens: 3,
          outputTokens: null,
          costUsd: 0.5,
        },
      ],
    });
  });

  it('says what its rows are of', () => {
    const { rows, ...scope } = json('series');
    const expected = {
      table: 'series',
      range: '24h',
      from: iso,
      to: iso,
      stepMs: 300_000,
      endpoint: 'name of a',
    };
    assert.deepEqual(scope, expected);
    assert.equal(rows.length, 1);
    assert.deepEqual(Object.keys(json('days')), ['table', 'range', 'from', 'to', 'rows']);
  });

  it('keeps names as they are', () => {
    assert.equal(json('models').rows[0].model, '=evil()');
  });
});

describe('every table', () => {
  it('is nothing to export before it is shown', () => {
    const nothing = { history: null, requests: null, endpoints: shown.endpoints };
    for (const table of panelTables) assert.equal(text(table, 'csv', nothing), undefined);
  });

  it('goes to a file that is named after it, its range and the day', () => {
    assert.equal(tableFileName('series', 'csv', history, at), 'qcc-series-24h-2026-01-02.csv');
    assert.equal(tableFileName('requests', 'json', history, at), 'qcc-requests-2026-01-02.json');
    for (const table of panelTables) assert.match(tableFileName(table, 'csv', null, at), /^[\w-]+\.csv$/);
  });
});
