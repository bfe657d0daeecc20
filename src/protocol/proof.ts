import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { TimeLimit } from './timeLimit.ts';

/*
 * Before anything else crosses a control connection, both ends show that they know the install secret without
 * saying it:
 *
 *   window → proxy   nonce W (32 bytes)
 *   proxy  → window  nonce P (32 bytes), HMAC(secret, "proxy", port, W, P)
 *   window → proxy   HMAC(secret, "window", port, W, P)
 *
 * The proxy's proof comes first, so a program that squats on the socket learns nothing. The port is part of both,
 * so a proof cannot be carried over to the proxy of another port.
 */

const nonceBytes = 32;
const proofBytes = 32;

/** The other end did not prove the install secret: it is not ours, or too slow to tell. */
export class ProofError extends Error {
  /** True when nothing came from it at all, as from a process that hangs: the system accepts connections for it. */
  readonly isSilence: boolean;

  constructor(message: string, { isSilence } = { isSilence: false }) {
    super(message);
    this.name = 'ProofError';
    this.isSilence = isSilence;
  }
}

export interface ProofOptions {
  readonly secret: Buffer;
  readonly port: number;
  /** How long the other end may take, in milliseconds. */
  readonly timeoutMs: number;
}

type Role = 'proxy' | 'window';

function proofOf(role: Role, options: ProofOptions, windowNonce: Buffer, proxyNonce: Buffer): Buffer {
  return createHmac('sha256', options.secret)
    .update(`qcc-control-1:${role}:${options.port}:`)
    .update(windowNonce)
    .update(proxyNonce)
    .digest();
}

function check(actual: Buffer, expected: Buffer): void {
  if (!timingSafeEqual(actual, expected))
    throw new ProofError('the other end does not know the install secret');
}

/** The window's part. @throws ProofError, after which the connection is of no use */
export async function proveAsWindow(socket: Socket, options: ProofOptions): Promise<void> {
  const windowNonce = randomBytes(nonceBytes);
  socket.write(windowNonce);
  const answer = await read(socket, nonceBytes + proofBytes, options.timeoutMs);
  const proxyNonce = answer.subarray(0, nonceBytes);
  check(answer.subarray(nonceBytes), proofOf('proxy', options, windowNonce, proxyNonce));
  socket.write(proofOf('window', options, windowNonce, proxyNonce));
}

/** The proxy's part. @throws ProofError, after which the connection is of no use */
export async function proveAsProxy(socket: Socket, options: ProofOptions): Promise<void> {
  const windowNonce = await read(socket, nonceBytes, options.timeoutMs);
  const proxyNonce = randomBytes(nonceBytes);
  socket.write(Buffer.concat([proxyNonce, proofOf('proxy', options, windowNonce, proxyNonce)]));
  check(
    await read(socket, proofBytes, options.timeoutMs),
    proofOf('window', options, windowNonce, proxyNonce),
  );
}

/** Reads exactly `size` bytes; what follows them stays in the socket for the next reader. */
function read(socket: Socket, size: number, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const limit = new TimeLimit();
    const finish = () => {
      limit.clear();
      socket.off('readable', onReadable);
      socket.off('close', onClose);
      socket.off('error', onClose);
    };
    const fail = (message: string, isSilence = false) => {
      finish();
      reject(new ProofError(message, { isSilence }));
    };
    limit.set(timeoutMs, () => fail('no proof in time', socket.readableLength === 0));
    const onClose = () => fail('the connection ended before the proof');
    const onReadable = () => {
      const bytes: Buffer | null = socket.read(size);
      if (bytes === null) return;
      finish();
      // At the end of the stream read() hands out what is left, however little.
      if (bytes.length === size) resolve(bytes);
      else reject(new ProofError('the connection ended before the proof'));
    };
    socket.on('readable', onReadable);
    socket.on('close', onClose);
    socket.on('error', onClose);
    onReadable();
  });
}
