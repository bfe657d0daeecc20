import { once } from 'node:events';
import net from 'node:net';

/** A port of 127.0.0.1 at which nothing listens. It was free a moment ago, which is as sure as it gets. */
export async function refusingPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
