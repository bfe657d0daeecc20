import { UsageTally } from '../core/usage.ts';
import { CollectedBytes } from './collectedBytes.ts';
import { EventScanner, type StreamBlock } from './eventScanner.ts';

/** The most that is read of an answer, in bytes. */
const maxBytes = 64 * 1024;

/** What has come of an answer to a check: a streamed message, or whatever an endpoint sends instead. */
export class CheckAnswer {
  readonly #scanner = new EventScanner();
  readonly #bytes = new CollectedBytes(maxBytes);
  #received = 0;
  #isStarted = false;
  #isStopped = false;
  #hasContent = false;
  #stopReason: string | undefined;
  #text = '';
  #errorData: string | undefined;
  readonly #usage = new UsageTally();

  /** `message_start` was seen. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** `message_stop` was seen. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** A block of content has begun, be it a thought. */
  get hasContent(): boolean {
    return this.#hasContent;
  }

  /** Why the message ended, as its last `message_delta` says. */
  get stopReason(): string | undefined {
    return this.#stopReason;
  }

  /** All text blocks together. */
  get text(): string {
    return this.#text;
  }

  /** The data of the first error event. */
  get errorData(): string | undefined {
    return this.#errorData;
  }

  /** More has come than any answer to a check can be. */
  get isTooLong(): boolean {
    return this.#received > maxBytes;
  }

  /** All that has come, as it came. */
  get body(): Buffer {
    return this.#bytes.bytes;
  }

  /** Input and output tokens together as the endpoint counts them, or undefined where it does not. */
  get tokens(): number | undefined {
    const usage = this.#usage.usage;
    return usage && usage.input + usage.cacheRead + usage.cacheWrite + usage.output;
  }

  push(chunk: Buffer): void {
    this.#received += chunk.length;
    this.#bytes.append(chunk);
    this.#scanner.scan(chunk, (block) => {
      // As for clients: nothing counts after an error, or after the end.
      if (block.kind === 'event' && this.#errorData === undefined && !this.#isStopped) this.#note(block);
    });
  }

  #note({ type, data }: StreamBlock & { kind: 'event' }): void {
    switch (type) {
      case 'message_start':
        this.#isStarted = true;
        this.#usage.add(fieldOf(fieldOf(parsed(data()), 'message'), 'usage'));
        return;
      case 'content_block_start':
        this.#hasContent = true;
        this.#add(fieldOf(fieldOf(parsed(data()), 'content_block'), 'text'));
        return;
      case 'content_block_delta':
        this.#hasContent = true;
        this.#add(fieldOf(fieldOf(parsed(data()), 'delta'), 'text'));
        return;
      case 'message_delta': {
        const event = parsed(data());
        const reason = fieldOf(fieldOf(event, 'delta'), 'stop_reason');
        if (typeof reason === 'string') this.#stopReason = reason;
        this.#usage.add(fieldOf(event, 'usage'));
        return;
      }
      case 'message_stop':
        this.#isStopped = true;
        return;
      case 'error':
        this.#errorData = data();
        return;
    }
  }

  /** Only blocks of text have a field of that name: thoughts and tool calls name theirs otherwise. */
  #add(text: unknown): void {
    if (typeof text === 'string' && this.#text.length < maxBytes) this.#text += text;
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    // What cannot be read says nothing.
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}
