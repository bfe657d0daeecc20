/** The parts of a Messages request that decide the simulated reply; everything else is ignored. */
export interface MessagesRequest {
  readonly model?: unknown;
  readonly max_tokens?: unknown;
  readonly stream?: unknown;
  readonly system?: unknown;
  readonly messages?: unknown;
}

/** What a simulated endpoint answers to one request, before it is put on the wire. */
export interface SimulatedReply {
  readonly id: string;
  readonly model: string;
  /** The text in pieces of one word each, which count as one output token. */
  readonly words: readonly string[];
  readonly stopReason: 'end_turn' | 'max_tokens';
  readonly inputTokens: number;
}

/** One server-sent event of a streamed reply. */
export interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

const filler = 'This text is simulated and streamed word by word so that you can watch it arrive'.split(' ');

/**
 * Writes the reply: the name of the endpoint and the last user message, then filler up to `wordCount`. A reply limited
 * by `max_tokens` to less than that consists of the end of the user message.
 *
 * A health check that asks for a code gets the code and nothing else, as it would from a model that follows
 * instructions.
 */
export function replyTo(
  request: MessagesRequest,
  id: string,
  endpoint: string,
  wordCount: number,
): SimulatedReply {
  const text = lastUserText(request.messages);
  const code = /^Reply with only: (\S+)$/.exec(text)?.[1];
  if (code !== undefined) return reply(request, id, [code], 'end_turn');
  const question = text.split(/\s+/).filter(Boolean);
  const answer = [`[${endpoint}]`, 'You', 'said:', ...question];
  while (answer.length < wordCount) answer.push(filler[answer.length % filler.length] as string);
  const limit = typeof request.max_tokens === 'number' ? request.max_tokens : Number.POSITIVE_INFINITY;
  const cut = answer.length > limit;
  const words = cut ? question.slice(-limit) : answer;
  return reply(request, id, words, cut && words.length === limit ? 'max_tokens' : 'end_turn');
}

/** A reply that says the same whatever is asked. */
export function cannedReply(request: MessagesRequest, id: string, text: string): SimulatedReply {
  return reply(request, id, text.split(/\s+/), 'end_turn');
}

function reply(
  request: MessagesRequest,
  id: string,
  words: readonly string[],
  stopReason: SimulatedReply['stopReason'],
): SimulatedReply {
  return {
    id,
    model: typeof request.model === 'string' ? request.model : 'unknown',
    words: words.map((word, index) => (index === 0 ? word : ` ${word}`)),
    stopReason,
    inputTokens: countTokens(request),
  };
}

/** A rough count: four characters of JSON are one token. */
export function countTokens(request: MessagesRequest): number {
  return Math.ceil(JSON.stringify([request.system ?? '', request.messages ?? []]).length / 4);
}

/** The whole reply as one message object, for a request without `stream`. */
export function messageOf(reply: SimulatedReply): Record<string, unknown> {
  return {
    ...messageHead(reply),
    content: [{ type: 'text', text: reply.words.join('') }],
    stop_reason: reply.stopReason,
    usage: { ...usage(reply), output_tokens: reply.words.length },
  };
}

/** Events before the first word. */
export function openingEvents(reply: SimulatedReply): StreamEvent[] {
  return [
    { type: 'message_start', message: messageHead(reply) },
    { type: 'ping' },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ];
}

/** The event that carries one word. */
export function wordEvent(word: string): StreamEvent {
  return { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: word } };
}

/** Events after the last word. */
export function closingEvents(reply: SimulatedReply): StreamEvent[] {
  return [
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: reply.stopReason, stop_sequence: null },
      usage: { output_tokens: reply.words.length },
    },
    { type: 'message_stop' },
  ];
}

function messageHead(reply: SimulatedReply): Record<string, unknown> {
  return {
    id: reply.id,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usage(reply),
  };
}

function usage(reply: SimulatedReply): Record<string, unknown> {
  return {
    input_tokens: reply.inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 1,
  };
}

/** Text of the last user message; of several text blocks the last, for clients put their own notes before it. */
function lastUserText(messages: unknown): string {
  if (!Array.isArray(messages)) return '';
  const last: unknown = messages.findLast((message) => field(message, 'role') === 'user');
  const content = field(last, 'content');
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const text = field(
    content.findLast((block) => field(block, 'type') === 'text'),
    'text',
  );
  return typeof text === 'string' ? text : '';
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}
