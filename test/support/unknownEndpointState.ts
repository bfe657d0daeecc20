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
};
