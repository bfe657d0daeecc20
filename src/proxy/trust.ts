import tls from 'node:tls';

/**
 * The certificates that upstreams are checked against when the system's store counts too, parsed once: a list would
 * be parsed again for every connection, which stops the event loop for tens of milliseconds each time.
 *
 * @returns undefined when Node's own list is all there is
 */
export function systemTrust(): tls.SecureContext | undefined {
  // Node before 22.15 cannot read the system's store; it then trusts its own list and NODE_EXTRA_CA_CERTS.
  if (tls.getCACertificates === undefined) return undefined;
  try {
    const certificates = [...tls.getCACertificates('default'), ...tls.getCACertificates('system')];
    return tls.createSecureContext({ ca: [...new Set(certificates)] });
  } catch {
    // A store that cannot be read, or holds what is no certificate, must not keep everything from being reached.
    return undefined;
  }
}
