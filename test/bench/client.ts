import { once } from 'node:events';
import http from 'node:http';

/** Where requests go, and what opens the door there. */
export interface Target {
  readonly port: number;
  readonly token: string;
}

/** The request that a client has sent and whose answer has begun. */
export interface Stream {
  /** Milliseconds from the first byte that was sent to the first byte of the answer's body. */
  readonly firstByteMs: number;
  /** Reads to the end. @throws when the answer is not a whole message */
  finished(): Promise<void>;
  /** Closes the connection at once. */
  abort(): void;
}

const path = '/v1/messages?beta=true';

/** A client with one connection that it uses again and again, and the headers of Claude Code. */
export class Client {
  readonly #target: Target;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  constructor(target: Target) {
    this.#target = target;
  }

  /**
   * Sends a request and waits for the first byte of its answer.
   *
   * @param slowMs over how many milliseconds the answer is spread
   * @throws when the answer is an error
   */
  async open(body: Buffer, slowMs = 0): Promise<Stream> {
    const { port, token } = this.#target;
    const startedAt = performance.now();
    const sent = http.request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: slowMs > 0 ? `${path}&slowMs=${slowMs}` : path,
      agent: this.#agent,
      headers: headers(token, body.length),
    });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
    sent.on('error', () => response.destroy());
    let tail = Buffer.alloc(0);
    response.on('data', (bytes: Buffer) => {
      tail = Buffer.concat([tail, bytes]).subarray(-200);
    });
    const ended = once(response, 'end');
    ended.catch(() => undefined);
    await once(response, 'data');
    const firstByteMs = performance.now() - startedAt;
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${tail.toString()}`);
    return {
      firstByteMs,
      finished: async () => {
        await ended;
        if (!tail.includes('event: message_stop')) throw new Error('the answer was cut');
      },
      abort: () => sent.destroy(),
    };
  }

  /** Sends a request, reads the whole answer and returns its time to the first byte, in milliseconds. */
  async firstByteMs(body: Buffer): Promise<number> {
    const stream = await this.open(body);
    await stream.finished();
    return stream.firstByteMs;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function headers(token: string, length: number): http.OutgoingHttpHeaders {
  return {
    accept: 'application/json',
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': length,
    'user-agent': 'claude-cli/2.1.328 (external, cli)',
    'x-claude-code-session-id': '11111111-2222-4333-8444-555555555555',
    'x-claude-code-request-class': 'main',
    'x-stainless-lang': 'js',
    'x-stainless-retry-count': '0',
    'x-stainless-timeout': '600',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27',
    'anthropic-dangerous-direct-browser-access': 'true',
    'x-app': 'cli',
    'accept-encoding': 'gzip, deflate, br, zstd',
  };
}
