import { createDataPlane, type DataPlane, type DataPlaneOptions } from '../../src/proxy/dataPlane.ts';

/** A data plane in this process that keeps nothing, asks for no token, and tells nobody; `options` say what is otherwise. */
export function testPlane(options: Partial<DataPlaneOptions> = {}): DataPlane {
  return createDataPlane({
    version: 'test',
    network: { proxyUrl: null, noProxy: [], strictSsl: true, systemCertificates: false },
    token: () => null,
    stateChanged: () => undefined,
    affinityFile: undefined,
    historyFile: undefined,
    revisionId: () => 'changed',
    documentChanged: () => undefined,
    inFlightChanged: () => undefined,
    ...options,
  });
}
