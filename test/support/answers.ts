import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedRequest, Script, UpstreamExchange } from './scriptedUpstream.ts';
import {
  chunk,
  errorBody,
  lastChunk,
  ping,
  plainResponse,
  streamHead,
  wholeJsonMessage,
  wholeMessage,
} from './wire.ts';

/*
 * Answers of upstreams, whole and broken ones, as scripts.
 */

/** True when a client asked for a stream. */
export function wantsStream(request: ReceivedRequest): boolean {
  return request.body.includes('"stream":true');
}

/** What a client gets from `answers` with this text. */
export function answerOf(text: string, stream: boolean): string {
  return stream ? wholeMessage(text) : wholeJsonMessage(text);
}

/** A whole message in the form that was asked for. */
export function answers(text: string): Script {
  return async (exchange) => {
    if (wantsStream(exchange.request)) return streams(wholeMessage(text))(exchange);
    await exchange.send(plainResponse('200 OK', wholeJsonMessage(text), ['content-type: application/json']));
  };
}

/** A stream of events with a clean end, whole message or not. */
export function streams(...events: readonly string[]): Script {
  return async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(events.join('')));
    await exchange.send(lastChunk);
  };
}

/** An error status with a body in the API's shape. */
export function refuses(
  status: string,
  type = 'api_error',
  message = `as it was: ${status}`,
  headers: readonly string[] = [],
): Script {
  const body = errorBody(type, message);
  return (exchange) =>
    exchange.send(plainResponse(status, body, ['content-type: application/json', ...headers]));
}

/** A web page. */
export function page(status: string): Script {
  const body = '<!DOCTYPE html>\n<html><body>Attention required</body></html>';
  return (exchange) => exchange.send(plainResponse(status, body, ['content-type: text/html; charset=utf-8']));
}

/** Never answers. */
export const silence: Script = (exchange) => exchange.closed;

/** Sends pings until its connection is closed or `until` has resolved. @param pauseMs between two of them */
export async function sendPings(
  exchange: UpstreamExchange,
  pauseMs: number,
  until: Promise<void> = new Promise(() => undefined),
): Promise<void> {
  let over = false;
  const end = () => {
    over = true;
  };
  void exchange.closed.then(end);
  void until.then(end);
  while (!over) {
    await exchange.send(chunk(ping)).catch(end);
    await sleep(pauseMs);
  }
}

/** How an answer can break off. */
export type Break = 'reset' | 'close' | 'cleanEnd';

/**
 * A stream that breaks off.
 *
 * @param seen resolves when the client has read what it is to read: a reset discards what is still under way
 */
export function breaksOff(events: string, how: Break, seen: Promise<unknown> = Promise.resolve()): Script {
  return async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(events));
    await seen;
    if (how === 'cleanEnd') await exchange.send(lastChunk);
    else if (how === 'close') exchange.end();
    else exchange.reset();
    if (how !== 'cleanEnd') await exchange.closed;
  };
}
