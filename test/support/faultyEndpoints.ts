import { once } from 'node:events';
import net from 'node:net';
import { canaryKey } from './canaries.ts';
import { refusingPort } from './refusingPort.ts';
import { onEnd, type Scope } from './scope.ts';
import type { ConfiguredEndpoint } from './scriptedUpstream.ts';

/*
 * Endpoints with which no connection comes about.
 */

/** An endpoint at whose port nothing listens. */
export async function refusingEndpoint(name?: string): Promise<ConfiguredEndpoint> {
  const port = await refusingPort();
  return { name: name ?? `refusing-${port}`, baseUrl: `http://127.0.0.1:${port}`, apiKey: canaryKey(port) };
}

/** An endpoint whose host name cannot exist: one of its labels is too long. */
export function unknownHostEndpoint(name = 'nowhere'): ConfiguredEndpoint {
  const host = `${name}.${'a'.repeat(64)}.invalid`;
  return { name, baseUrl: `https://${host}`, apiKey: canaryKey(0) };
}

/** An endpoint that accepts connections and says nothing, so that a TLS connection never stands. */
export async function muteEndpoint(scope: Scope, name = 'mute'): Promise<ConfiguredEndpoint> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onEnd(scope, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as net.AddressInfo;
  return { name, baseUrl: `https://127.0.0.1:${port}`, apiKey: canaryKey(port) };
}
