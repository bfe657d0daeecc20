import type { TestContext } from 'node:test';
import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk';
import { type Script, type ScriptedUpstream, startUpstream } from './scriptedUpstream.ts';
import { configOf, type ServedProxy, startProxy } from './servedProxy.ts';
import { chunk, lastChunk, plainResponse, streamHead } from './wire.ts';

/** A short question for `messages.create` and `messages.stream`. */
export const question = {
  model: 'claude-test',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

/** What the API answers to it when it is not streamed. */
export const message = JSON.stringify({
  id: 'msg_test',
  type: 'message',
  role: 'assistant',
  model: 'claude-test',
  content: [{ type: 'text', text: 'Hello there' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
});

/**
 * The SDK, a proxy that holds no requests, and behind it an upstream with the given script. The SDK does not retry
 * unless told to.
 */
export async function startSdk(
  t: TestContext,
  script: Script | readonly Script[],
  options: ClientOptions = {},
): Promise<{ client: Anthropic; proxy: ServedProxy; upstream: ScriptedUpstream }> {
  const upstream = await startUpstream(t, script);
  const proxy = await startProxy(t, configOf([upstream.endpoint()], { patienceSeconds: 0 }));
  const client = new Anthropic({ baseURL: proxy.url, apiKey: proxy.token, maxRetries: 0, ...options });
  return { upstream, proxy, client };
}

/** Answers with JSON and the request id `req_upstream`. */
export function answering(status: string, body: string, headers: readonly string[] = []): Script {
  const all = ['content-type: application/json', 'request-id: req_upstream', ...headers];
  return (exchange) => exchange.send(plainResponse(status, body, all));
}

/** Streams events, each as a chunk, and ends the body. */
export function streaming(...events: readonly string[]): Script {
  return async (exchange) => {
    await exchange.send(streamHead);
    for (const event of events) await exchange.send(chunk(event));
    await exchange.send(lastChunk);
  };
}

/** An error body in the shape of the API. */
export function errorBody(type: string, words: string): string {
  return JSON.stringify({ type: 'error', error: { type, message: words }, request_id: 'req_upstream' });
}

/** The error that a call ends with. @throws when it does not fail */
export function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('the call did not fail');
    },
    (error: Error) => error,
  );
}
