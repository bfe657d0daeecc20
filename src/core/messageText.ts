/*
 * What a model said, as text: of a message in one piece, or of the events of a stream
 * (https://docs.anthropic.com/en/docs/build-with-claude/streaming). Thoughts are left out. What comes from outside may
 * lack anything, or be of another type.
 */

/** One block of a message while its pieces come in. */
interface Block {
  readonly kind: 'text' | 'toolUse' | 'other';
  /** For a tool call: the tool. */
  readonly name: string;
  text: string;
}

/** More blocks than any model sends. */
const maxBlocks = 10_000;

/** Puts the text of a streamed message together. */
export class MessageText {
  readonly #blocks = new Map<number, Block>();
  #errorType: string | undefined;
  #isMessage = false;

  /** The type of the error that ended the stream, or undefined when none did. */
  get errorType(): string | undefined {
    return this.#errorType;
  }

  /** True when events of a message were among what came. */
  get isMessage(): boolean {
    return this.#isMessage;
  }

  /** Blocks of text as they are, calls of tools as the tool's name and the JSON for it, an empty line in between. */
  get text(): string {
    return joined([...this.#blocks.values()].map(({ kind, name, text }) => wordsOf(kind, name, text)));
  }

  /** Takes the next event. @param data JSON; what cannot be read adds nothing */
  push(data: string): void {
    const event = parsed(data);
    const index = field(event, 'index');
    switch (field(event, 'type')) {
      case 'message_start':
        this.#isMessage = true;
        break;
      case 'content_block_start':
        if (typeof index !== 'number' || this.#blocks.size >= maxBlocks) break;
        this.#blocks.set(index, startedBlock(field(event, 'content_block')));
        break;
      case 'content_block_delta': {
        const block = typeof index === 'number' ? this.#blocks.get(index) : undefined;
        const delta = field(event, 'delta');
        if (block?.kind === 'text') block.text += string(delta, 'text');
        if (block?.kind === 'toolUse') block.text += string(delta, 'partial_json');
        break;
      }
      case 'error':
        this.#errorType = string(field(event, 'error'), 'type') || 'api_error';
    }
  }
}

/** What a message in one piece says, or undefined when the text is no message. */
export function textOfMessage(json: string): string | undefined {
  const content = field(parsed(json), 'content');
  if (!Array.isArray(content)) return undefined;
  return joined(
    content.slice(0, maxBlocks).map((block: unknown) => {
      if (field(block, 'type') !== 'tool_use') return wordsOf(kindOf(block), '', string(block, 'text'));
      return wordsOf('toolUse', string(block, 'name'), JSON.stringify(field(block, 'input') ?? {}));
    }),
  );
}

function startedBlock(block: unknown): Block {
  return { kind: kindOf(block), name: string(block, 'name'), text: string(block, 'text') };
}

function kindOf(block: unknown): Block['kind'] {
  const type = field(block, 'type');
  if (type === 'text') return 'text';
  return type === 'tool_use' ? 'toolUse' : 'other';
}

function wordsOf(kind: Block['kind'], name: string, text: string): string {
  switch (kind) {
    case 'text':
      return text;
    case 'toolUse':
      return `${name} ${text || '{}'}`;
    case 'other':
      return '';
  }
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

function string(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}
