import assert from 'node:assert/strict';
import { streams } from './answers.ts';
import type { ReceivedRequest, Script } from './scriptedUpstream.ts';
import { blockStop, event, messageStop, startOf, wholeMessage } from './wire.ts';

/*
 * Endpoints that are checked: they repeat the code that a check asks for, or answer something else as if all were well.
 */

/** The code that a check asks for. */
export function askedCode(request: ReceivedRequest): string {
  const { messages } = JSON.parse(request.body.toString());
  const code = /[A-Z0-9]{8}$/.exec(messages.at(-1).content)?.[0];
  assert.ok(code, 'the request asks for a code');
  return code;
}

/** The model that a request asks for. */
export function askedModel(request: ReceivedRequest): string {
  return JSON.parse(request.body.toString()).model;
}

/** Answers with a whole message. @param text what it says when asked for a code */
export function says(text: (code: string) => string): Script {
  return (exchange) => streams(wholeMessage(text(askedCode(exchange.request))))(exchange);
}

/** Does what it is asked for. */
export const honest = says((code) => code);

/** A message that ends for another reason than usual. */
export function messageUntil(stopReason: string, content: string): string {
  return (
    startOf('msg_test') +
    content +
    blockStop +
    event('message_delta', { delta: { stop_reason: stopReason }, usage: { output_tokens: 16 } }) +
    messageStop
  );
}
