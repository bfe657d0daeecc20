/** How many tools Claude Code describes, roughly. */
const toolCount = 20;

/** Text as it is in a conversation about code; its line ends and quotes are escaped in JSON. */
const prose = [
  '/**',
  ' * Reads a body to its end: nobody is contacted before the whole request is here, so that a client that',
  ' * breaks off costs nobody anything and the request can be given to another endpoint.',
  ' */',
  'export function readBody(request) {',
  '  const declared = Number(request.headers["content-length"] ?? 0);',
  '  if (declared > limit) return { ok: false };',
  '  return collect(request);',
  '}',
  '',
].join('\n');

/**
 * A body such as Claude Code sends, of exactly `bytes` bytes, a kilobyte at least: a system prompt with cache marks,
 * tools, a conversation of text and tool results, the session in its metadata, and the fields that routing needs on
 * both sides of the long ones.
 */
export function requestBody(bytes: number): Buffer {
  const least = Buffer.byteLength(bodyWith('', bytes > 50_000));
  const escaped = JSON.stringify(prose).slice(1, -1);
  const room = Math.max(0, bytes - least);
  const text = prose.repeat(Math.floor(room / Buffer.byteLength(escaped)));
  const rest = room - Buffer.byteLength(JSON.stringify(text).slice(1, -1));
  return Buffer.from(bodyWith(text + 'x'.repeat(rest), bytes > 50_000));
}

function bodyWith(text: string, withTools: boolean): string {
  const quarter = Math.floor(text.length / 4);
  const parts = [text.slice(0, quarter), text.slice(quarter, 3 * quarter), text.slice(3 * quarter)];
  const cached = { cache_control: { type: 'ephemeral' } };
  return JSON.stringify({
    model: 'claude-opus-5-5',
    max_tokens: 128_000,
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.328; cc_entrypoint=cli;' },
      { type: 'text', text: parts[0], ...cached },
    ],
    messages: [
      { role: 'user', content: 'Look at the project.' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: parts[1] }] },
      { role: 'assistant', content: [{ type: 'text', text: parts[2] }] },
      { role: 'user', content: [{ type: 'text', text: 'Go on.', ...cached }] },
    ],
    tools: withTools ? Array.from({ length: toolCount }, (_, i) => tool(`Tool${i}`)) : [tool('Read')],
    metadata: {
      user_id: JSON.stringify({
        device_id: '0'.repeat(64),
        account_uuid: '',
        session_id: '11111111-2222-4333-8444-555555555555',
      }),
    },
    thinking: { type: 'adaptive', display: 'updates' },
    stream: true,
  });
}

function tool(name: string): object {
  return {
    name,
    description: 'Reads a file. '.repeat(name === 'Read' ? 0 : 60),
    input_schema: { type: 'object', properties: { file_path: { type: 'string' } }, required: ['file_path'] },
  };
}
