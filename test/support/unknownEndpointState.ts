import type { EndpointState } from '../../src/protocol/state.ts';

/** The state of an endpoint that nothing is known about yet. */
export const unknownEndpointState: EndpointState = {
  inFlight: 0,
  requests: 0,
  failures: 0,
  failure: null,
  firstByteMs: null,
  servedAt: null,
  hasKey: false,
  standing: 'healthy',
  consecutiveFailures: 0,
  open: null,
  quarantine: null,
  coolDowns: [],
  refusedModels: [],
  weightPercent: 100,
  check: {
    last: null,
    isRunning: false,
    nextAt: null,
    isRefused: false,
    metrics: {
      total: 0,
      byClass: { passed: 0, wrongAnswer: 0, failed: 0, timeout: 0, rateLimited: 0, badKey: 0, refused: 0 },
      successRate: null,
      recentSuccessRate: null,
      meanMs: null,
      p95Ms: null,
      stability: null,
      streak: null,
      tokens: 0,
    },
  },
  quota: [],
  warmUp: null,
};
