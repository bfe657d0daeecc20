/*
 * What the data of the events of a streamed message says
 * (https://docs.anthropic.com/en/docs/build-with-claude/streaming#event-types). Data is at most the beginning of what
 * was sent and comes from outside, so everything may be missing or of another type.
 */

/** Kinds of content blocks that are told apart. */
export type BlockKind = 'text' | 'thinking' | 'tool_use' | 'other';

const leadingType = /^\s*\{\s*"type"\s*:\s*"(\w+)"/;

/** The type that the data of an event tells. */
export function eventTypeOf(data: string): string | undefined {
  // Senders put the type first, and parsing every delta would cost ten times as much.
  return leadingType.exec(data)?.[1] ?? text(parsed(data), 'type');
}

/** The block that a `content_block_start` begins. */
export function blockStartOf(data: string): { readonly index: number | undefined; readonly kind: BlockKind } {
  const start = parsed(data);
  const kind = text(field(start, 'content_block'), 'type');
  return {
    index: number(start, 'index'),
    kind: kind === 'text' || kind === 'thinking' || kind === 'tool_use' ? kind : 'other',
  };
}

/** The block that a `content_block_stop` ends. */
export function blockIndexOf(data: string): number | undefined {
  return number(parsed(data), 'index');
}

/** True when a `content_block_delta` adds to a text. */
export function addsText(data: string): boolean {
  const delta = field(parsed(data), 'delta');
  return text(delta, 'type') === 'text_delta' && text(delta, 'text') !== '';
}

/** Whether a `message_delta` says why the message ends, which it does for the last time. */
export function hasStopReason(data: string): boolean {
  return text(field(parsed(data), 'delta'), 'stop_reason') !== undefined;
}

/** The output tokens so far, as a `message_start` or a `message_delta` counts them. */
export function outputTokensOf(data: string): number | undefined {
  return number(usageIn(data), 'output_tokens');
}

/** The counts of tokens in a `message_start`, a `message_delta`, a chunk of an OpenAI stream or a whole message. */
export function usageIn(data: string): unknown {
  const event = parsed(data);
  return field(field(event, 'message'), 'usage') ?? field(event, 'usage');
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

function text(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' ? found : undefined;
}

function number(value: unknown, name: string): number | undefined {
  const found = field(value, name);
  return typeof found === 'number' ? found : undefined;
}
