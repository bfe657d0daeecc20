import type { ServerResponse } from 'node:http';
import zlib from 'node:zlib';
import { type ErrorAnswer, readErrorAnswer, statusOfErrorType } from '../core/errorAnswer.ts';
import type { AnswerShape } from '../core/finalAnswer.ts';
import { retryAfterMs } from '../core/retryAfter.ts';
import { clientHeaders, headerValues, type RawHeaders } from './headers.ts';

/** An endpoint's error, held until it is clear whether another endpoint serves the request. */
export interface RefusedAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

/** Longest error that is read after it was decompressed, in bytes. */
const maxReadBytes = 64 * 1024;

/** An error that came as an event of a stream, or in a body with a status of success, as the answer it stands for. */
export function refusalInBody(headers: RawHeaders, data: string): RefusedAnswer {
  const { errorType } = readErrorAnswer(500, undefined, data, undefined);
  const kept: string[] = ['content-type', 'application/json'];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    if (!/^content-/i.test(name)) kept.push(name, value);
  }
  return { status: statusOfErrorType(errorType), statusText: '', headers: kept, body: Buffer.from(data) };
}

/**
 * True for a body that is an error although its status speaks of success: the API's own error object, or one of the
 * forms that relays have for it.
 */
export function isDisguisedError(pieces: readonly Buffer[]): boolean {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length > maxReadBytes) return false;
  let json: unknown;
  try {
    json = JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    return false;
  }
  if (typeof json !== 'object' || json === null || 'content' in json) return false;
  const { type, error, success, code, msg, message } = json as Record<string, unknown>;
  const isRelayError = success === false || (code !== undefined && (msg ?? message) !== undefined);
  return type === 'error' || (error !== undefined && error !== null) || isRelayError;
}

/** What an answer says, for the classification. @param wallNow milliseconds since 1970 */
export function readRefusal({ status, headers, body }: RefusedAnswer, wallNow: number): ErrorAnswer {
  const header = (name: string) => headerValues(headers, name)[0];
  const text = decompressed(body, header('content-encoding')).toString('utf8');
  return readErrorAnswer(status, header('content-type'), text, retryAfterMs(header, wallNow));
}

/** The readable part of a body that a relay compressed although nobody asked it to; as it is when that fails. */
function decompressed(body: Buffer, coding: string | undefined): Buffer {
  const options = { maxOutputLength: maxReadBytes };
  try {
    switch (coding?.toLowerCase()) {
      case 'gzip':
      case 'x-gzip':
        return zlib.gunzipSync(body, options);
      case 'deflate':
        return zlib.inflateSync(body, options);
      case 'br':
        return zlib.brotliDecompressSync(body, options);
      default:
        return body.subarray(0, maxReadBytes);
    }
  } catch {
    return body.subarray(0, maxReadBytes);
  }
}

/**
 * Sends an endpoint's error to the client: the body as it is, status and the headers that steer retries as shaped.
 *
 * @returns false when the headers cannot be sent; nothing has gone out then
 */
export function sendRefusal(response: ServerResponse, answer: RefusedAnswer, shape: AnswerShape): boolean {
  const { retryAfterSeconds, shouldRetry } = shape;
  const headers = clientHeaders(answer.headers, (name) => {
    if (name === 'content-length') return true;
    if (retryAfterSeconds !== undefined && /^retry-after(-ms)?$/.test(name)) return true;
    return shouldRetry === false && name === 'x-should-retry';
  });
  if (retryAfterSeconds !== undefined) headers.push('retry-after', String(retryAfterSeconds));
  if (shouldRetry === false) headers.push('x-should-retry', 'false');
  headers.push('content-length', String(answer.body.length));
  return sendWhole(
    response,
    shape.status,
    shape.status === answer.status ? answer.statusText : '',
    headers,
    answer.body,
  );
}

/** Begins an answer. @returns false when node:http refuses the headers, which its parser has let through */
export function sendHead(
  response: ServerResponse,
  status: number,
  statusText: string,
  headers: string[],
): boolean {
  response.sendDate = false;
  try {
    // The reason phrase, or none when it is not one (RFC 9112 §4): relays send what they like, undici reads it as UTF-8.
    response.writeHead(status, /^[\t\x20-\x7e]*$/.test(statusText) ? statusText : '', headers);
    return true;
  } catch {
    // It keeps what was set before.
    response.statusMessage = '';
    return false;
  }
}

function sendWhole(
  response: ServerResponse,
  status: number,
  statusText: string,
  headers: string[],
  body: Buffer,
): boolean {
  if (!sendHead(response, status, statusText, headers)) return false;
  response.end(body);
  return true;
}
