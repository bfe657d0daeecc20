import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { headerValues, type RawHeaders } from '../headers.ts';
import type { KeptAnswer, KeptCall } from './keptContents.ts';

/** The largest answer that is fetched for a kept request, in bytes. */
const maxAnswerBytes = 16 * 1024 * 1024;
/** What of an answer's head somebody needs who fetches it later. */
const keptHeaders = new Set(['content-type', 'content-encoding', 'request-id']);

/** How sending a kept request again ended: with a whole answer, or without one to keep, for the reason of that code. */
export type ReplayEnd =
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  | { readonly kind: 'broken' | 'tooLarge'; readonly code: string };

export interface ReplaysOptions {
  /** The port that the proxy itself listens on; 0 before it does. */
  readonly port: () => number;
  /** What clients must show there, or null when none is asked for. */
  readonly token: () => string | null;
}

/**
 * Sends kept requests through the proxy's own front door, so that everything is as for any request. A second credential,
 * which is good for one request and which the front door drops as it does all of them, shows that it is one of these.
 */
export class Replays {
  readonly #options: ReplaysOptions;
  /** The second credentials of those that run. */
  readonly #marks = new Set<string>();

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** True when there is a front door to send anything through. */
  get canSend(): boolean {
    return this.#options.port() > 0;
  }

  /** True when a request that arrived is one of these. */
  isReplay(headers: RawHeaders): boolean {
    if (this.#marks.size === 0) return false;
    return headerValues(headers, 'authorization').some((value) => this.#marks.has(value));
  }

  /** Sends a request and reads the answer to its end. Aborting the signal ends it as broken, with the code `ABORT_ERR`. */
  async send(call: KeptCall, signal: AbortSignal): Promise<ReplayEnd> {
    const mark = `Bearer qcc-replay-${randomBytes(32).toString('base64url')}`;
    this.#marks.add(mark);
    try {
      return await this.#send(call, signal, mark);
    } finally {
      this.#marks.delete(mark);
    }
  }

  #send({ query, headers, body }: KeptCall, signal: AbortSignal, mark: string): Promise<ReplayEnd> {
    const port = this.#options.port();
    const token = this.#options.token();
    return new Promise((resolve) => {
      const broken = (error: NodeJS.ErrnoException) =>
        resolve({ kind: 'broken', code: error.code ?? error.name });
      const sent = http.request({
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: `/v1/messages${query}`,
        agent: false,
        signal,
        maxHeaderSize: 64 * 1024,
        headers: [
          ...['host', `127.0.0.1:${port}`],
          ...headers,
          ...(token === null ? [] : ['x-api-key', token]),
          ...['authorization', mark, 'content-length', String(body.length), 'connection', 'close'],
        ],
      });
      sent.on('error', broken);
      sent.on('response', (response) => {
        const pieces: Buffer[] = [];
        let length = 0;
        response.on('data', (piece: Buffer) => {
          length += piece.length;
          if (length <= maxAnswerBytes) {
            pieces.push(piece);
            return;
          }
          resolve({ kind: 'tooLarge', code: 'TOO_LARGE' });
          sent.destroy();
        });
        response.on('error', broken);
        response.on('close', () => resolve({ kind: 'broken', code: 'ECONNRESET' }));
        response.on('end', () =>
          resolve({
            kind: 'answered',
            answer: {
              status: response.statusCode ?? 0,
              headers: headersToKeep(response.rawHeaders),
              body: Buffer.concat(pieces, length),
            },
          }),
        );
      });
      sent.end(body);
    });
  }
}

function headersToKeep(raw: RawHeaders): string[] {
  return raw.filter((_, index) => keptHeaders.has(raw[index - (index % 2)]?.toLowerCase() ?? ''));
}
