import type { IncomingMessage } from 'node:http';
import { type RequestFacts, RequestScanner } from './requestScan.ts';

/** The largest body that the API takes. */
export const maxBodyBytes = 32 * 1024 * 1024;

/**
 * A body that can be let go of. Whoever holds the request for as long as its answer streams holds this and not the
 * bytes: a thousand streams with a megabyte each would otherwise keep a gigabyte.
 */
export class RequestBody {
  /** In bytes. */
  readonly length: number;
  /** What routing needs to know of it. */
  readonly facts: RequestFacts;
  #pieces: readonly Buffer[] | undefined;

  /** @param pieces as they arrived; joining them would hold everything twice for a moment */
  constructor(pieces: readonly Buffer[], length: number, facts: RequestFacts) {
    this.#pieces = pieces;
    this.length = length;
    this.facts = facts;
  }

  /** The bytes, in pieces. @throws once they were released */
  get pieces(): readonly Buffer[] {
    if (this.#pieces === undefined) throw new Error('the body was released');
    return this.#pieces;
  }

  /** True when the text occurs in the bytes. @throws once they were released */
  includes(text: string): boolean {
    const bytes = Buffer.from(text);
    let seam = Buffer.alloc(0);
    return this.pieces.some((piece) => {
      const joint = Buffer.concat([seam, piece.subarray(0, bytes.length - 1)]);
      seam = Buffer.concat([seam, piece.subarray(1 - bytes.length)]).subarray(1 - bytes.length);
      return piece.includes(bytes) || joint.includes(bytes);
    });
  }

  /** Lets the bytes go: no other endpoint will need them. */
  release(): void {
    this.#pieces = undefined;
  }
}

export type BodyResult =
  | { readonly ok: true; readonly body: RequestBody }
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
    const scanner = new RequestScanner();
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
      else {
        chunks.push(chunk);
        scanner.push(chunk);
      }
    };
    const onEnd = () => finish({ ok: true, body: new RequestBody(chunks, size, scanner.end()) });
    const onClose = () => finish({ ok: false, problem: 'badBody' });
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
  });
}
