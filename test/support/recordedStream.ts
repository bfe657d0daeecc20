/*
 * A streamed message as the API sends them: a thought with its signature, then text and tool calls in turn, pings
 * between, empty first deltas, and JSON that is split anywhere.
 */

/** One server-sent event in the API's usual form. */
export function streamEvent(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** The content blocks of the message, as a client has them in the end. */
export const recordedContent = [
  {
    type: 'thinking',
    thinking:
      'The user wants the greeting in three languages — Grüße, こんにちは, 🙂 — and the file changed.\n\nI should look at greeting.ts first: "export const greeting" may be used elsewhere.',
    signature:
      'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds7mcSWzuQ1BvVJ2dHc2kQ9mQ8yBv3NFnU0k2sD3qB1Zv8s6jTn0f4eLxW5cR7A==',
  },
  {
    type: 'text',
    text: 'I will read the file first. The greeting is spelled “Grüße, 世界 — 🙂🏳️‍🌈”, with a real dash;\n\nevent: message_stop\ndata: {} is only text here.',
  },
  {
    type: 'tool_use',
    id: 'toolu_01Read',
    name: 'Read',
    input: { file_path: '/src/Grüße/greeting.ts', offset: 1, limit: 200 },
  },
  { type: 'text', text: 'Now I change it: “你好” comes first, and the tests follow.' },
  {
    type: 'tool_use',
    id: 'toolu_02Edit',
    name: 'Edit',
    input: {
      file_path: '/src/Grüße/greeting.ts',
      old_string: 'export const greeting = "Grüße";\n',
      new_string: 'export const greeting = "你好 🙂";\n// event: content_block_stop\n',
      replace_all: false,
    },
  },
] as const;

type Block = (typeof recordedContent)[number];

/** Cut into pieces of a few characters, as tokens are. */
function pieces(text: string, size: number): string[] {
  const characters = [...text];
  const count = Math.ceil(characters.length / size);
  return Array.from({ length: count }, (_, i) => characters.slice(i * size, (i + 1) * size).join(''));
}

function deltasOf(block: Block): object[] {
  switch (block.type) {
    case 'thinking':
      return [
        ...pieces(block.thinking, 40).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block.signature },
      ];
    case 'text':
      return pieces(block.text, 17).map((text) => ({ type: 'text_delta', text }));
    case 'tool_use':
      return ['', ...pieces(JSON.stringify(block.input), 31)].map((partial_json) => ({
        type: 'input_json_delta',
        partial_json,
      }));
  }
}

function startOf(block: Block): object {
  switch (block.type) {
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'text':
      return { type: 'text', text: '' };
    case 'tool_use':
      return { ...block, input: {} };
  }
}

function eventsOf(block: Block, index: number): string[] {
  const deltas = deltasOf(block).map((delta) => streamEvent('content_block_delta', { index, delta }));
  // A ping inside, as they come in long blocks.
  deltas.splice(2, 0, streamEvent('ping'));
  return [
    streamEvent('content_block_start', { index, content_block: startOf(block) }),
    ...deltas,
    streamEvent('content_block_stop', { index }),
  ];
}

/** The events of the message, each with the blank line that ends it. */
export const recordedEvents: readonly string[] = [
  streamEvent('message_start', {
    message: {
      id: 'msg_01Recorded',
      type: 'message',
      role: 'assistant',
      model: 'claude-test',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: 2095,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 1024,
        output_tokens: 7,
      },
    },
  }),
  streamEvent('ping'),
  ...recordedContent.flatMap(eventsOf),
  streamEvent('message_delta', {
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: { output_tokens: 503 },
  }),
  streamEvent('message_stop'),
];

/** The whole stream. */
export const recordedStream: string = recordedEvents.join('');
