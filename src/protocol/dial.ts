import net from 'node:net';
import { helloTimeoutMs } from './control.ts';
import { controlAddress, type Home } from './home.ts';
import { proveAsWindow } from './proof.ts';

/**
 * Connects to the control socket of the proxy of a port. Both ends have proved the install secret when it resolves, and
 * the conversation can begin.
 *
 * @throws when nothing listens, or what listens does not prove itself in time; it has then learnt nothing
 */
export async function dialProxy(home: Home, port: number): Promise<net.Socket> {
  const socket = await connect(controlAddress(home, port));
  try {
    await proveAsWindow(socket, { secret: home.installSecret, port, timeoutMs: helloTimeoutMs });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function connect(address: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(address);
    socket.once('connect', () => {
      socket.off('error', reject);
      // Errors of an open connection show as its close.
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
