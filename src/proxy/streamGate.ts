import { type Usage, UsageTally } from '../core/usage.ts';
import { CollectedBytes } from './collectedBytes.ts';
import { EventScanner, type StreamBlock } from './eventScanner.ts';
import { blockStartOf, hasStopReason, usageIn } from './messageEvents.ts';
import { WholeEvents } from './wholeEvents.ts';

/** What may be taken back at most, in bytes. */
const maxHeldBytes = 64 * 1024;

export interface GateOptions {
  /**
   * The client goes on by itself after a message that ends early: only whole events are passed on, and tool calls only
   * when complete.
   */
  readonly rescuable: boolean;
}

/**
 * Stands between the event stream of an endpoint and the client. Until content has come the bytes are held, so that
 * the request can still be given to another endpoint; then they are handed out as they come, and the gate follows how
 * the message stands. HTTP cannot tell that: a relay that loses its own upstream often ends the body cleanly.
 */
export class StreamGate {
  readonly #scanner = new EventScanner();
  readonly #whole: WholeEvents | undefined;
  readonly #held = new CollectedBytes();
  readonly #tally = new UsageTally();
  #ready: Buffer[] = [];
  #committed = false;
  #received = 0;
  #messageStarted = false;
  #verdict: 'hold' | 'commit' | 'error' = 'hold';
  #errorData: string | undefined;
  #end: 'open' | 'stopReason' | 'stopped' = 'open';

  constructor(options: GateOptions) {
    this.#whole = options.rescuable ? new WholeEvents((bytes) => this.#out(bytes)) : undefined;
  }

  /** True once `message_start` was seen. */
  get messageStarted(): boolean {
    return this.#messageStarted;
  }

  /**
   * What the held bytes ask for: `hold` while they may still be taken back, `commit` once content has come, `error`
   * when an error event came before any. Meaningless after `commit()`.
   */
  get verdict(): 'hold' | 'commit' | 'error' {
    return this.#verdict;
  }

  /** The data of the first error event, JSON text of at most 64 KiB. */
  get errorData(): string | undefined {
    return this.#errorData;
  }

  /**
   * How the message stands: `stopReason` after a `message_delta` that has one, `stopped` after `message_stop`. Counts
   * what was received before any error.
   */
  get end(): 'open' | 'stopReason' | 'stopped' {
    return this.#end;
  }

  /**
   * The tokens that the endpoint has told so far, or undefined while it has told none. Counts what was received before
   * any error, and never what is sent in the endpoint's place.
   */
  get usage(): Usage | undefined {
    return this.#tally.usage;
  }

  /** True when all that was taken ends at the end of an event, so that a ping of ours may follow. */
  get atBoundary(): boolean {
    return (this.#whole ?? this.#scanner).atBoundary;
  }

  /** True while a tool call is being held back, which only happens when the message is rescuable. */
  get holdsTool(): boolean {
    return this.#whole?.holdsTool ?? false;
  }

  /** Takes the next bytes of the answer. */
  push(chunk: Buffer): void {
    const whole = this.#whole;
    this.#received += chunk.length;
    whole?.begin(chunk);
    this.#scanner.scan(chunk, (block) => {
      if (block.kind === 'event') this.#note(block);
      whole?.sort(block);
    });
    whole?.end();
    if (whole === undefined) this.#out(chunk);
    if (this.#verdict === 'hold' && this.#received >= maxHeldBytes) this.#verdict = 'commit';
  }

  /** From here on bytes are handed out. */
  commit(): void {
    this.#committed = true;
    if (this.#held.length > 0) this.#ready.push(this.#held.take());
  }

  /** The bytes that may go to the client now, oldest first, each of them once; none before `commit()`. */
  take(): Buffer[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** Gives a held tool call up: it is streamed from here on, and a cut inside it can no longer be rescued. */
  flushTool(): void {
    this.#whole?.flushTool();
  }

  /**
   * The events that close the message for the client after a loss, to follow what was taken; undefined when that is not
   * possible, and the client's connection has to be broken. Only after `commit()`.
   */
  rescue(): Buffer | undefined {
    return this.#whole?.closing();
  }

  #out(bytes: Buffer): void {
    if (this.#committed) this.#ready.push(bytes);
    else this.#held.append(bytes);
  }

  #note(block: StreamBlock & { kind: 'event' }): void {
    if (this.#verdict === 'hold') this.#verdict = block.end > maxHeldBytes ? 'commit' : verdictOn(block);
    // Clients read no further than an error.
    if (this.#errorData !== undefined) return;
    switch (block.type) {
      case 'message_start':
        this.#messageStarted = true;
        this.#tally.add(usageIn(block.data()));
        break;
      case 'message_delta':
        if (this.#end === 'open' && hasStopReason(block.data())) this.#end = 'stopReason';
        this.#tally.add(usageIn(block.data()));
        break;
      case 'message_stop':
        this.#end = 'stopped';
        break;
      case 'error':
        this.#errorData = block.data();
        break;
      case undefined:
        // Chunks of an OpenAI stream have no type; one of them, mostly the last, tells the tokens.
        if (block.data().includes('"usage"')) this.#tally.add(usageIn(block.data()));
        break;
    }
  }
}

function verdictOn(block: StreamBlock & { kind: 'event' }): 'hold' | 'commit' | 'error' {
  switch (block.type) {
    case 'message_start':
    case 'ping':
      return 'hold';
    case 'error':
      return 'error';
    case 'content_block_start':
      return blockStartOf(block.data()).kind === 'thinking' ? 'hold' : 'commit';
    default:
      return 'commit';
  }
}
