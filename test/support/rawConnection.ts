import { once } from 'node:events';
import net from 'node:net';
import { ByteReader } from './byteReader.ts';

/** A TCP connection on which a test says exactly what it wants to say. */
export interface RawConnection {
  readonly socket: net.Socket;
  readonly reader: ByteReader;
  /** Sends text as latin-1 bytes. */
  send(text: string | Buffer): void;
  /** The status of the next response, or undefined when the connection ends without one. */
  status(): Promise<number | undefined>;
}

/** Opens a connection. @throws when it is refused */
export async function connectRaw(port: number, host = '127.0.0.1'): Promise<RawConnection> {
  const socket = net.connect(port, host);
  await once(socket, 'connect');
  const reader = new ByteReader(socket);
  socket.on('error', () => undefined);
  return {
    socket,
    reader,
    send: (text) => void socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text),
    status: async () => {
      const head = await reader.head();
      return head && Number(head.startLine.split(' ')[1]);
    },
  };
}

/** Sends a request as it is spelled, lines joined by CRLF, and returns the status of the answer. */
export async function rawStatus(
  port: number,
  lines: readonly string[],
  body = '',
): Promise<number | undefined> {
  const connection = await connectRaw(port);
  connection.send(`${lines.join('\r\n')}\r\n\r\n${body}`);
  const status = await connection.status();
  connection.socket.destroy();
  return status;
}
