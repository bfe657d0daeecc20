import type {
  PanelEndpoint,
  PanelHistory,
  PanelRequest,
  PanelStory,
  PanelString,
  PanelSums,
  PanelView,
} from '../../src/protocol/panel.ts';
import { panelStrings } from '../../src/protocol/panel.ts';

/** Each fixed text is its own key in brackets, so that a test sees where a text went. */
export const strings = Object.fromEntries(panelStrings.map((key) => [key, `[${key}]`])) as Record<
  PanelString,
  string
>;

/** The point in time that the made-up past leads up to. */
export const now = Date.UTC(2020, 0, 2, 12, 0, 0);
const minute = 60_000;

/** An endpoint that works, except for what the test says. */
export function endpoint(id: string, changes: Partial<PanelEndpoint> = {}): PanelEndpoint {
  return {
    id,
    name: `name of ${id}`,
    host: `${id}.example.com`,
    profile: 'production',
    active: true,
    role: 'active',
    state: { code: 'ok', label: 'Working', details: [] },
    inFlight: 1,
    requests: 1200,
    failures: 30,
    successRate: 0.975,
    firstByteMs: 420,
    servedAt: now,
    failure: null,
    weight: { configured: 100, effective: 80 },
    quota: [],
    check: 'Passed',
    ...changes,
  };
}

/** A proxy that serves three endpoints, except for what the test says. */
export function view(changes: Partial<PanelView> = {}): PanelView {
  return {
    version: '1.2.3',
    hasNews: false,
    profile: 'production',
    address: 'http://127.0.0.1:7860',
    startedAt: Date.UTC(2020, 0, 2, 8, 0, 0),
    inFlight: 3,
    waiting: { count: 0, note: '' },
    rescued: 7,
    notices: [],
    endpoints: [endpoint('a'), endpoint('b'), endpoint('c')],
    ...changes,
  };
}

/** Ten requests, except for what the test says. */
export function sums(changes: Partial<PanelSums> = {}): PanelSums {
  return {
    requests: 10,
    served: 8,
    rescued: 1,
    failed: 1,
    input: 1_500,
    output: 2_500,
    cacheRead: 350_000,
    cacheWrite: 4_500,
    cost: 0.25,
    firstContentP50Ms: 640,
    firstContentP95Ms: 2_100,
    ...changes,
  };
}

/** An hour in steps of five minutes, in three of which something happened, except for what the test says. */
export function history(changes: Partial<PanelHistory> = {}): PanelHistory {
  const from = now - 60 * minute;
  return {
    range: '1h',
    endpointId: null,
    from,
    to: now,
    stepMs: 5 * minute,
    points: [
      { at: from, ...sums() },
      { at: from + 5 * minute, ...sums({ requests: 4, served: 4, rescued: 0, failed: 0, cost: 0.1 }) },
      { at: from + 30 * minute, ...sums({ served: 0, rescued: 0, failed: 10, cost: 0 }) },
    ],
    totals: {
      ...sums({ requests: 24, served: 12, rescued: 1, failed: 11, cost: 0.35 }),
      retries: 5,
      unpricedTokens: 0,
    },
    endpoints: [{ id: 'a', ...sums({ requests: 17 }) }],
    models: [
      { model: 'claude-sonnet-5', ...sums() },
      { model: '', ...sums({ requests: 3 }) },
    ],
    days: [],
    events: [
      { at: now - minute, tone: 'good', kind: 'standing', subject: 'name of a', text: 'Working again' },
      { at: now - 20 * minute, tone: 'bad', kind: 'standing', subject: 'name of a', text: 'Suspended' },
      {
        at: now - 20 * minute,
        tone: 'warning',
        kind: 'switch',
        subject: 'backup',
        text: 'Stands in for production',
      },
    ],
    ...changes,
  };
}

/** A request that was served at once, except for what the test says. */
export function request(id: string, changes: Partial<PanelRequest> = {}): PanelRequest {
  return {
    id,
    at: now - 5 * minute,
    model: 'claude-sonnet-5',
    endpoint: 'name of a',
    outcome: { code: 'served', tone: 'good', label: 'Served' },
    status: 200,
    attempts: 1,
    durationMs: 4_300,
    input: 12_345,
    output: 678,
    cost: 0.0123,
    ...changes,
  };
}

/** How a request came to its second endpoint. */
export function story(requestId: string, changes: Partial<PanelStory> = {}): PanelStory {
  return {
    requestId,
    title: 'Served at the second attempt',
    steps: [
      { afterMs: 0, tone: 'neutral', text: 'Sent to name of a', details: ['name of b: suspended'] },
      { afterMs: 312, tone: 'bad', text: 'Failed: rate limited (status 429)', details: [] },
      { afterMs: null, tone: 'good', text: 'Answered by name of c', details: [] },
    ],
    ...changes,
  };
}
