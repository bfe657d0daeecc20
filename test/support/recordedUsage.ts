import type { Usage } from '../../src/core/usage.ts';
import { recordedStream, streamEvent } from './recordedStream.ts';

/*
 * Streams in the ways in which endpoints count tokens, and what they counted.
 */

export interface CountedStream {
  /** What is special about it, as a noun. */
  readonly what: string;
  readonly stream: string;
  readonly usage: Usage;
}

const none = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0 };

/** A short message. @param start the usage that its start tells @param ends those that its ends tell, one after another */
export function countedStream(start: object | undefined, ...ends: readonly (object | undefined)[]): string {
  const content = (index: number, block: object, ...deltas: readonly object[]) => [
    streamEvent('content_block_start', { index, content_block: block }),
    ...deltas.map((delta) => streamEvent('content_block_delta', { index, delta })),
    streamEvent('content_block_stop', { index }),
  ];
  return [
    streamEvent('message_start', {
      message: {
        id: 'msg_01Counted',
        type: 'message',
        role: 'assistant',
        model: 'claude-opus-5-5',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        ...(start && { usage: start }),
      },
    }),
    ...content(
      0,
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'Grüße zählen' },
      { type: 'signature_delta', signature: 'EqQBCgIYAhIM' },
    ),
    streamEvent('ping'),
    ...content(
      1,
      { type: 'text', text: '' },
      { type: 'text_delta', text: '{"usage":{"input_tokens":999999,"output_tokens":999999}}' },
    ),
    ...content(
      2,
      { type: 'tool_use', id: 'toolu_01Count', name: 'Count', input: {} },
      { type: 'input_json_delta', partial_json: '{"usage":{"output_tokens":' },
      { type: 'input_json_delta', partial_json: '888888}}' },
    ),
    ...ends.map((usage, index) =>
      streamEvent('message_delta', {
        delta: { stop_reason: index === ends.length - 1 ? 'tool_use' : null, stop_sequence: null },
        ...(usage && { usage }),
      }),
    ),
    streamEvent('message_stop'),
  ].join('');
}

const chunkOf = (fields: object) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', ...fields })}\n\n`;

/** A Chat Completions stream that tells its tokens in a last chunk (`stream_options.include_usage`). */
export const openAiStream: CountedStream = {
  what: 'an OpenAI stream with a chunk for its tokens',
  stream: [
    chunkOf({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }], usage: null }),
    chunkOf({ choices: [{ index: 0, delta: { content: 'say "usage"' } }], usage: null }),
    chunkOf({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null }),
    chunkOf({
      choices: [],
      usage: {
        prompt_tokens: 1117,
        completion_tokens: 46,
        total_tokens: 1163,
        prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 12 },
      },
    }),
    'data: [DONE]\n\n',
  ].join(''),
  usage: { ...none, input: 93, cacheRead: 1024, output: 46 },
};

/** Streams of messages. */
export const countedStreams: readonly CountedStream[] = [
  {
    what: 'thinking, text and tool calls',
    stream: recordedStream,
    usage: { ...none, input: 2095, cacheRead: 1024, output: 503 },
  },
  {
    what: 'prompt caches of both lifetimes',
    stream: countedStream(
      {
        input_tokens: 12,
        cache_creation_input_tokens: 5368,
        cache_read_input_tokens: 21344,
        cache_creation: { ephemeral_5m_input_tokens: 1368, ephemeral_1h_input_tokens: 4000 },
        output_tokens: 3,
        service_tier: 'standard',
        inference_geo: 'global',
      },
      {
        input_tokens: 12,
        cache_creation_input_tokens: 5368,
        cache_read_input_tokens: 21344,
        output_tokens: 2211,
      },
    ),
    usage: { input: 12, output: 2211, cacheRead: 21344, cacheWrite: 5368, cacheWriteLong: 4000 },
  },
  {
    what: 'a tool of the server, which adds to the input',
    stream: countedStream(
      {
        input_tokens: 2679,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        output_tokens: 3,
      },
      {
        input_tokens: 10682,
        cache_creation_input_tokens: 731,
        cache_read_input_tokens: 2600,
        output_tokens: 510,
        server_tool_use: { web_search_requests: 1 },
      },
    ),
    usage: { ...none, input: 10682, cacheRead: 2600, cacheWrite: 731, output: 510 },
  },
  {
    what: 'its tokens at the start only',
    stream: countedStream({ input_tokens: 25, output_tokens: 61 }, undefined),
    usage: { ...none, input: 25, output: 61 },
  },
  {
    what: 'its tokens at the end only',
    stream: countedStream(undefined, {
      input_tokens: 31,
      cache_read_input_tokens: 7,
      cache_creation_input_tokens: 40,
      cache_creation: { ephemeral_1h_input_tokens: 40 },
      output_tokens: 15,
    }),
    usage: { input: 31, output: 15, cacheRead: 7, cacheWrite: 40, cacheWriteLong: 40 },
  },
  {
    what: 'several counts that run on',
    stream: countedStream(
      { input_tokens: 100, output_tokens: 1 },
      { output_tokens: 40 },
      { output_tokens: 90 },
      { input_tokens: 120, output_tokens: 133 },
    ),
    usage: { ...none, input: 120, output: 133 },
  },
  {
    what: 'the names of OpenAI',
    stream: countedStream(
      { prompt_tokens: 0, completion_tokens: 0 },
      {
        input_tokens: 0,
        output_tokens: 0,
        prompt_tokens: 500,
        completion_tokens: 77,
        prompt_tokens_details: { cached_tokens: 300 },
      },
    ),
    usage: { ...none, input: 200, cacheRead: 300, output: 77 },
  },
];
