import type { IncomingMessage } from 'node:http';

/** The largest body that the API takes. */
export const maxBodyBytes = 32 * 1024 * 1024;

export type BodyResult =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly problem: 'bodyTooLarge' | 'badBody' };

/**
 * Reads a request body to its end: an endpoint is only contacted once the whole request is here, so that a client
 * that breaks off costs nobody anything and the request can be given to another endpoint.
 */
export function readBody(request: IncomingMessage): Promise<BodyResult> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBodyBytes) return Promise.resolve({ ok: false, problem: 'bodyTooLarge' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (result: BodyResult) => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodyBytes) finish({ ok: false, problem: 'bodyTooLarge' });
      else chunks.push(chunk);
    };
    const onEnd = () =>
      finish({ ok: true, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size) });
    const onClose = () => finish({ ok: false, problem: 'badBody' });
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
  });
}
