import {
  addsText,
  type BlockKind,
  blockIndexOf,
  blockStartOf,
  hasStopReason,
  outputTokensOf,
} from './messageEvents.ts';

/** The sign of life between events; clients skip it. */
export const pingEvent: Buffer = Buffer.from('event: ping\ndata: {"type":"ping"}\n\n');

/** The client's own words about a request, from its headers. */
export interface ClientSigns {
  /** `user-agent`. */
  readonly userAgent: string | undefined;
  /** `x-claude-code-request-class`. */
  readonly requestClass: string | undefined;
}

/** What the body of a request tells about its purpose. */
export interface RequestFacts {
  /** It has tools, and at least one. */
  readonly hasTools: boolean;
  /** It prescribes the form of the answer (`output_config.format`). */
  readonly hasOutputFormat: boolean;
}

/**
 * Tells whether the client goes on by itself when a message ends early: Claude Code from 2.1 on does, in a conversation.
 * Titles, summaries and the like are taken as they come, so an early end would be taken for a whole one. Without the
 * header that tells them apart, a conversation is known by its tools.
 */
export function mayRescue(signs: ClientSigns, facts: RequestFacts): boolean {
  const version = /^claude-cli\/(\d+)\.(\d+)/.exec(signs.userAgent ?? '');
  if (version === null) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < 2 || (major === 2 && minor < 1)) return false;
  if (signs.requestClass !== undefined) return /^(main|subagent)$/.test(signs.requestClass);
  return facts.hasTools && !facts.hasOutputFormat;
}

/**
 * A message as far as its client has it, and how it can be closed so that the client keeps what it has and asks to go on.
 */
export class ShownMessage {
  readonly #open = new Map<number, BlockKind>();
  #started = false;
  /** Something the client can go on from was shown: a piece of text or a whole tool call. */
  #hasContent = false;
  /** Something was shown that clients are not known to go on from. */
  #hasOther = false;
  #lastComplete: BlockKind | undefined;
  #outputTokens = 0;
  #end: 'open' | 'stopReason' | 'stopped' | 'error' = 'open';

  /** True once the client has the beginning of the message, without which it cannot be closed. */
  get started(): boolean {
    return this.#started;
  }

  /** Takes note of an event that the client has got. */
  show(type: string | undefined, data: () => string): void {
    switch (type) {
      case 'message_start':
        this.#started = true;
        this.#outputTokens = outputTokensOf(data()) ?? 0;
        break;
      case 'content_block_start':
        this.#start(data());
        break;
      case 'content_block_delta':
        // Only the first text counts, and most deltas come after it.
        if (!this.#hasContent && this.#isOpen('text')) this.#hasContent = addsText(data());
        break;
      case 'content_block_stop':
        this.#stop(blockIndexOf(data()));
        break;
      case 'message_delta':
        this.#outputTokens = outputTokensOf(data()) ?? this.#outputTokens;
        if (this.#end === 'open' && hasStopReason(data())) this.#end = 'stopReason';
        break;
      case 'message_stop':
        if (this.#end !== 'error') this.#end = 'stopped';
        break;
      case 'error':
        if (this.#end !== 'stopped') this.#end = 'error';
        break;
    }
  }

  /** The events that close the message, or undefined when it cannot be closed. */
  closing(): Buffer | undefined {
    switch (this.#end) {
      case 'stopped':
        return Buffer.alloc(0);
      case 'stopReason':
        return Buffer.from(event('message_stop', {}));
      case 'error':
        return undefined;
      case 'open':
        return this.#canGoOn() ? Buffer.from(this.#closingEvents()) : undefined;
    }
  }

  #start(data: string): void {
    const { index, kind } = blockStartOf(data);
    if (kind === 'other' || index === undefined || this.#open.has(index)) this.#hasOther = true;
    else this.#open.set(index, kind);
  }

  #stop(index: number | undefined): void {
    const kind = index === undefined ? undefined : this.#open.get(index);
    if (index === undefined || kind === undefined) return;
    this.#open.delete(index);
    this.#lastComplete = kind;
    if (kind === 'tool_use') this.#hasContent = true;
  }

  #isOpen(kind: BlockKind): boolean {
    for (const open of this.#open.values()) if (open === kind) return true;
    return false;
  }

  /** Half a thought or half a tool call cannot be made whole; half a text is a text. */
  #canGoOn(): boolean {
    if (!this.#started || !this.#hasContent || this.#hasOther) return false;
    return !this.#isOpen('thinking') && !this.#isOpen('tool_use');
  }

  #closingEvents(): string {
    const open = [...this.#open.keys()];
    const stops = open.map((index) => event('content_block_stop', { index }));
    const stopReason = open.length === 0 && this.#lastComplete === 'tool_use' ? 'tool_use' : 'max_tokens';
    const end = event('message_delta', {
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: this.#outputTokens },
    });
    return stops.join('') + end + event('message_stop', {});
  }
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
