import { once } from 'node:events';
import http from 'node:http';
import { ByteReader } from './byteReader.ts';
import { callHeader, type History } from './history.ts';
import { smallMessage } from './wire.ts';

/** Where requests go, and what opens the door there. */
export interface Target {
  readonly port: number;
  readonly token: string;
  /** Where calls and their answers are recorded. */
  readonly history?: History;
}

export interface CallOptions {
  readonly method?: string;
  /** Path and query; default `/v1/messages`. */
  readonly path?: string;
  /** Names and values in turn, added to the token and, with a body, to the content type. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  /** Sends the token; default true. */
  readonly withToken?: boolean;
  /** Keeps connections; default: a connection for each call. */
  readonly agent?: http.Agent;
}

/** A response whose head has arrived. */
export interface OpenCall {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: ByteReader;
  /** The response itself, to stop reading it. */
  readonly response: http.IncomingMessage;
  /** First value of a header by its lower-case name. */
  header(name: string): string | undefined;
  /** Closes the connection at once, as a client does that is no longer interested. */
  abort(): void;
}

/** A response that has ended. */
export interface Answer extends OpenCall {
  readonly bytes: Buffer;
  readonly text: string;
  /** `broken` when the connection closed before the response was complete. */
  readonly end: 'clean' | 'broken';
}

/** Sends a request without waiting for anything. The error of a broken connection is left to the caller. */
export function request(target: Target, options: CallOptions = {}): http.ClientRequest {
  return send(target, options).sent;
}

function send(target: Target, options: CallOptions) {
  const { method = 'POST', path = '/v1/messages', headers = [], withToken = true } = options;
  const body = options.body ?? (method === 'POST' ? smallMessage : undefined);
  const recorded = target.history?.sending(`${method} ${path}`);
  const all = ['host', `127.0.0.1:${target.port}`];
  if (withToken) all.push('x-api-key', target.token);
  if (body !== undefined)
    all.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)));
  if (recorded) all.push(callHeader, recorded.value);
  const sent = http.request({
    host: '127.0.0.1',
    port: target.port,
    method,
    path,
    agent: options.agent ?? false,
    headers: [...all, ...headers],
  });
  recorded?.sent(sent);
  // As bytes: with a string, node:http would encode the head as UTF-8 too.
  sent.end(body === undefined ? undefined : Buffer.from(body));
  return { sent, recorded };
}

/** Sends a request on a connection of its own and resolves when the head of the response is there. */
export async function open(target: Target, options: CallOptions = {}): Promise<OpenCall> {
  const { sent, recorded } = send(target, options);
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  // After the head, a broken connection shows at the response.
  sent.on('error', () => undefined);
  const body = new ByteReader(response);
  recorded?.reading(response);
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    rawHeaders: response.rawHeaders,
    response,
    body,
    header: (name) => response.headersDistinct[name]?.[0],
    abort: () => sent.destroy(),
  };
}

/** Sends a request on a connection of its own and reads the response to its end, however that comes. */
export async function call(target: Target, options: CallOptions = {}): Promise<Answer> {
  const opened = await open(target, options);
  const end = await opened.body.finished();
  const bytes = await opened.body.rest();
  return { ...opened, bytes, text: bytes.toString('utf8'), end };
}

/** The error of a response in Anthropic's shape. */
export interface ApiError {
  readonly type: string;
  readonly message: string;
  readonly requestId: string;
}

/** Reads an error body in Anthropic's shape. @throws when it has another one */
export function apiError(answer: Answer): ApiError {
  const { type, error, request_id } = JSON.parse(answer.text);
  if (type !== 'error' || Object.keys(error).join() !== 'type,message' || typeof request_id !== 'string') {
    throw new Error(`not an error of the API: ${answer.text}`);
  }
  return { ...error, requestId: request_id };
}
