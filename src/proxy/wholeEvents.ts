import { CollectedBytes } from './collectedBytes.ts';
import type { StreamBlock } from './eventScanner.ts';
import { blockIndexOf, blockStartOf } from './messageEvents.ts';
import { ShownMessage } from './turnRescue.ts';

/** A longer event goes out in pieces. */
const maxEventBytes = 64 * 1024;
/** A longer tool call goes out before it is complete. */
const maxToolBytes = 1024 * 1024;

const none = Buffer.alloc(0);

type Way = 'out' | 'tool' | 'dropped';

interface HeldTool {
  readonly index: number | undefined;
  /** The data of its start event. */
  readonly start: string;
  readonly bytes: CollectedBytes;
}

/**
 * Hands out a stream so that it can be closed as a valid message after almost any loss: whole events only, tool calls
 * only when they are complete, and nothing from an error on.
 */
export class WholeEvents {
  readonly #out: (bytes: Buffer) => void;
  readonly #message = new ShownMessage();
  /** The event that has begun and not ended. */
  readonly #partial = new CollectedBytes();
  /** The beginning of the current event, a long one, was handed out. */
  #inEvent = false;
  #tool: HeldTool | undefined;
  #afterError = false;
  #lastWay: Way = 'out';

  #chunk: Buffer = none;
  /** Offset of the current piece in the stream. */
  #offset = 0;
  /** What lies between these two in the current piece is to be handed out; what comes before has found its way. */
  #runStart = 0;
  #runEnd = 0;

  /** @param out takes the bytes that may go to the client */
  constructor(out: (bytes: Buffer) => void) {
    this.#out = out;
  }

  /** True when what was handed out ends at the end of an event. */
  get atBoundary(): boolean {
    return !this.#inEvent;
  }

  /** True while a tool call is being held back. */
  get holdsTool(): boolean {
    return this.#tool !== undefined;
  }

  /** Begins with the next piece of the stream. `sort` has to follow for every block that ends in it, then `end`. */
  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#runStart = 0;
    this.#runEnd = 0;
  }

  /** Sends a block on its way. */
  sort(block: StreamBlock): void {
    const end = block.end - this.#offset;
    const way = this.#wayOf(block);
    if (way === 'out') {
      if (this.#partial.length > 0) this.#out(this.#partial.take());
      this.#runEnd = end;
      if (block.kind === 'event') this.#message.show(block.type, block.data);
    } else {
      this.#handOutRun();
      this.#tool?.bytes.append(this.#partial.bytes);
      this.#tool?.bytes.append(this.#chunk, this.#runStart, end);
      this.#partial.clear();
      this.#runStart = end;
      this.#runEnd = end;
    }
    this.#inEvent = false;
    this.#lastWay = way;
    if (way === 'tool' && block.kind === 'event' && block.type === 'content_block_stop') {
      this.flushTool();
      this.#message.show(block.type, block.data);
    }
  }

  /** Ends with the piece. */
  end(): void {
    this.#handOutRun();
    const chunk = this.#chunk;
    this.#offset += chunk.length;
    this.#chunk = none;
    if (this.#afterError) return;
    if (this.#inEvent) {
      if (this.#runEnd < chunk.length) this.#out(chunk.subarray(this.#runEnd));
      return;
    }
    this.#partial.append(chunk, this.#runEnd);
    if (this.#tool && this.#tool.bytes.length + this.#partial.length > maxToolBytes) this.flushTool();
    if (!this.#tool && this.#partial.length > maxEventBytes) {
      this.#out(this.#partial.take());
      this.#inEvent = true;
    }
  }

  /** Hands out what is there of a held tool call; the rest of it will not be held. */
  flushTool(): void {
    const tool = this.#tool;
    if (tool === undefined) return;
    this.#tool = undefined;
    // The beginning of a ping may have gone out.
    this.#handOutRun();
    this.#out(tool.bytes.take());
    this.#message.show('content_block_start', () => tool.start);
  }

  /** The events that close the message for the client, or undefined when that is not possible. */
  closing(): Buffer | undefined {
    return this.#inEvent ? undefined : this.#message.closing();
  }

  #wayOf(block: StreamBlock): Way {
    if (this.#afterError) return 'dropped';
    // It has gone that way already.
    if (this.#inEvent) return 'out';
    if (block.kind === 'comment') return 'out';
    // A blank line may be the second half of the line end before, and stays with it.
    if (block.kind === 'blank') return this.#lastWay === 'tool' && this.#tool ? 'tool' : 'out';
    if (block.type === 'error') {
      this.#afterError = true;
      this.#tool = undefined;
      return 'dropped';
    }
    return this.#tool ? this.#wayBesides(this.#tool, block) : this.#wayOfEvent(block);
  }

  #wayOfEvent(block: StreamBlock & { kind: 'event' }): Way {
    // Nothing can be rescued before the message has started, so nothing is held.
    if (block.type !== 'content_block_start' || !this.#message.started) return 'out';
    const start = block.data();
    const { kind, index } = blockStartOf(start);
    if (kind !== 'tool_use') return 'out';
    this.#tool = { index, start, bytes: new CollectedBytes() };
    return 'tool';
  }

  /** The way of an event that comes while a tool call is held. */
  #wayBesides(tool: HeldTool, block: StreamBlock & { kind: 'event' }): Way {
    switch (block.type) {
      case 'ping':
        return 'out';
      case 'message_start':
      case 'content_block_start':
      case 'message_delta':
      case 'message_stop':
        break;
      case 'content_block_stop':
        if (blockIndexOf(block.data()) === tool.index) return 'tool';
        break;
      default:
        return 'tool';
    }
    // Blocks follow one another. Where they do not, nothing can be said about the order that the client needs.
    this.flushTool();
    return 'out';
  }

  #handOutRun(): void {
    if (this.#runEnd > this.#runStart) this.#out(this.#chunk.subarray(this.#runStart, this.#runEnd));
    this.#runStart = this.#runEnd;
  }
}
