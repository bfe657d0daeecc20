import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { Scope } from './scope.ts';

/** A company's HTTP proxy that leads every tunnel to one port of this machine. */
export async function startCorporateProxy(scope: Scope, leadsTo: number) {
  const asked: { target: string; headers: http.IncomingHttpHeaders }[] = [];
  const server = http.createServer();
  server.on('connect', (request, client: net.Socket) => {
    asked.push({ target: request.url ?? '', headers: request.headers });
    const upstream = net.connect(leadsTo, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  return { asked, url: `http://user:secret@127.0.0.1:${port}` };
}
