/*
 * What goes over the wire between a client and the API, in pieces that a test puts together.
 */

/** A small, valid Messages request. */
export const smallMessage = JSON.stringify({
  model: 'claude-test',
  max_tokens: 16,
  messages: [{ role: 'user', content: 'hello' }],
});

/** A Messages request. @param fields replace and add */
export function messageRequest(fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...JSON.parse(smallMessage), ...fields });
}

/** One event of a stream; its type is in its data too. */
export function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** The first event of a message, with which no content has come yet. */
export function startOf(id: string): string {
  return event('message_start', { message: { ...emptyMessage, id } });
}

const emptyMessage = {
  id: 'msg_test',
  type: 'message',
  role: 'assistant',
  model: 'claude-test',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
};

export const ping = event('ping');

/** The start of a block of any type. */
export function blockStart(index: number, block: Readonly<Record<string, unknown>>): string {
  return event('content_block_start', { index, content_block: block });
}

export const textStart = (index = 0) => blockStart(index, { type: 'text', text: '' });
export const thinkingStart = (index = 0) =>
  blockStart(index, { type: 'thinking', thinking: '', signature: '' });
export const toolStart = (index = 0) =>
  blockStart(index, { type: 'tool_use', id: `toolu_${index}`, name: 'read', input: {} });

/** `message_start`, `ping` and the start of a text block. */
export const messageStart = startOf('msg_test') + ping + textStart();

/** One piece of the text. */
export function textDelta(text: string, index = 0): string {
  return event('content_block_delta', { index, delta: { type: 'text_delta', text } });
}

/** One piece of thinking. */
export function thinkingDelta(thinking: string, index = 0): string {
  return event('content_block_delta', { index, delta: { type: 'thinking_delta', thinking } });
}

/** One piece of a tool call's input. */
export function toolDelta(json: string, index = 0): string {
  return event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: json } });
}

export const stopOf = (index: number) => event('content_block_stop', { index });
export const blockStop = stopOf(0);
export const messageDelta = event('message_delta', {
  delta: { stop_reason: 'end_turn', stop_sequence: null },
  usage: { output_tokens: 5 },
});
export const messageStop = event('message_stop', {});

/** An error as the API words it (https://docs.anthropic.com/en/api/errors). */
export function errorBody(type: string, message: string): string {
  return JSON.stringify({ type: 'error', error: { type, message } });
}

/** An error that the API reports inside a stream. */
export function errorEvent(type: string, message: string): string {
  return `event: error\ndata: ${errorBody(type, message)}\n\n`;
}

export const overloadedError = errorEvent('overloaded_error', 'Overloaded');

/** Everything from the end of the text on. */
export const messageEnd = blockStop + messageDelta + messageStop;

/** A whole message with the given text. */
export function wholeMessage(text: string): string {
  return messageStart + textDelta(text) + messageEnd;
}

/** A whole message in one piece, for a client that asked for no stream. */
export function wholeJsonMessage(text: string): string {
  return JSON.stringify({ ...emptyMessage, content: [{ type: 'text', text }], stop_reason: 'end_turn' });
}

/** The head of a stream whose body is sent in chunks (`chunk`, `lastChunk`). */
export const streamHead =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_upstream\r\ntransfer-encoding: chunked\r\n\r\n';

/** Bytes as one chunk of a chunked body. */
export function chunk(bytes: string | Buffer): Buffer {
  const data = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}

export const lastChunk = '0\r\n\r\n';

/** A complete response with a content length. */
export function plainResponse(
  status: string,
  body: string | Buffer,
  headers: readonly string[] = [],
): Buffer {
  const lines = [`HTTP/1.1 ${status}`, `content-length: ${Buffer.byteLength(body)}`, ...headers];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}
