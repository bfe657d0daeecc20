import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';

/**
 * A port of 127.0.0.1 at which nothing listens. It lies below those that systems hand out by themselves, so that no
 * other test gets it meanwhile.
 */
export async function refusingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const server = net.createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch {
      // Somebody listens there: another one.
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
