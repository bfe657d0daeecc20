/*
 * What goes over the wire between a client and the API, in pieces that a test puts together.
 */

/** A small, valid Messages request. */
export const smallMessage = JSON.stringify({
  model: 'claude-test',
  max_tokens: 16,
  messages: [{ role: 'user', content: 'hello' }],
});

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** `message_start`, `ping` and the start of a text block. */
export const messageStart =
  event('message_start', {
    message: {
      id: 'msg_test',
      type: 'message',
      role: 'assistant',
      model: 'claude-test',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 3, output_tokens: 1 },
    },
  }) +
  event('ping', {}) +
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });

/** One piece of the text. */
export function textDelta(text: string): string {
  return event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
}

export const blockStop = event('content_block_stop', { index: 0 });
export const messageDelta = event('message_delta', {
  delta: { stop_reason: 'end_turn', stop_sequence: null },
  usage: { output_tokens: 5 },
});
export const messageStop = event('message_stop', {});

/** An error that the API reports inside a stream. */
export const overloadedError = event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });

/** Everything from the end of the text on. */
export const messageEnd = blockStop + messageDelta + messageStop;

/** A whole message with the given text. */
export function wholeMessage(text: string): string {
  return messageStart + textDelta(text) + messageEnd;
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
