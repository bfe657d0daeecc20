import type { ProxyState } from '../../src/protocol/state.ts';

/** What a proxy says of itself when nothing has happened yet. */
export const quietProxyState: ProxyState = {
  version: '0.0.0',
  pid: 1,
  port: 7860,
  startedAt: 0,
  windows: 1,
  inFlight: 0,
  waiting: { count: 0, until: null },
  ended: 0,
  rescued: 0,
  insecureTls: false,
  failover: { serving: null, since: 0, reason: null, recoversTo: null, recoversAt: null },
  checkTokens: 0,
  queue: { items: 0, bytes: 0, enqueued: 0, retried: 0, succeeded: 0, failed: 0, changes: 0 },
  history: { kept: 'file' },
  claudeCode: null,
  endpoints: {},
};
