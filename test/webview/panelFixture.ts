import type { PanelEndpoint, PanelString, PanelView } from '../../src/protocol/panel.ts';
import { panelStrings } from '../../src/protocol/panel.ts';

/** Each fixed text is its own key in brackets, so that a test sees where a text went. */
export const strings = Object.fromEntries(panelStrings.map((key) => [key, `[${key}]`])) as Record<
  PanelString,
  string
>;

/** An endpoint that works, except for what the test says. */
export function endpoint(id: string, changes: Partial<PanelEndpoint> = {}): PanelEndpoint {
  return {
    id,
    name: `name of ${id}`,
    host: `${id}.example.com`,
    profile: 'production',
    active: true,
    state: { code: 'ok', label: 'Working', details: [] },
    inFlight: 1,
    requests: 1200,
    failures: 30,
    successRate: 0.975,
    firstByteMs: 420,
    servedAt: Date.UTC(2020, 0, 2, 12, 0, 0),
    failure: null,
    ...changes,
  };
}

/** A proxy that serves three endpoints, except for what the test says. */
export function view(changes: Partial<PanelView> = {}): PanelView {
  return {
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
