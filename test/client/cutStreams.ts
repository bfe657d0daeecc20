import assert from 'node:assert/strict';
import http from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { recordedContent, recordedEvents, recordedStream, streamEvent } from '../support/recordedStream.ts';
import { onEnd, type Scope } from '../support/scope.ts';
import { type Script, startUpstream } from '../support/scriptedUpstream.ts';
import { question } from '../support/sdk.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { chunk, lastChunk, streamHead, wholeMessage } from '../support/wire.ts';

/*
 * The recorded message through the real proxy, cut after any byte in any way, for Claude Code and for a client that is
 * not known to go on by itself; and what has to come of it, worked out from the list of events alone.
 */

/** How an answer is cut: its connection is reset, its body ends cleanly, or an error is reported in its stream. */
export type Fault = 'reset' | 'cleanEnd' | 'errorEvent';

/** One request and how the answer to it is cut. */
export interface Cut {
  /** Claude Code in a conversation, Claude Code when it sums one up (`/compact`), or somebody else. */
  readonly client: 'claudeCode' | 'compaction' | 'other';
  readonly fault: Fault;
  /** How many bytes of the recorded message come before the fault. */
  readonly offset: number;
}

/** What has to come of a cut. */
type Outcome =
  /** Another endpoint answers, and nothing of the cut answer is seen. */
  | { readonly kind: 'otherEndpoint' }
  /** The client has the message to its stop reason, and its answer ends cleanly. */
  | { readonly kind: 'complete' }
  /** The client is told that its message ends early. */
  | { readonly kind: 'rescued'; readonly content: readonly unknown[]; readonly stopReason: string }
  /** The client's connection breaks. */
  | { readonly kind: 'broken' }
  /** The error goes to the client as it came. */
  | { readonly kind: 'toldOfError' };

/** What a client got. */
interface Seen {
  readonly status: number;
  readonly text: string;
  readonly end: 'clean' | 'broken';
  /** The ports of the endpoints that the request went to, in order. */
  readonly attempts: readonly number[];
}

export const recordedBytes = Buffer.from(recordedStream);
/** Offsets right after each event of the recorded message. */
export const eventEnds: readonly number[] = recordedEvents.map((_, index) =>
  Buffer.byteLength(recordedEvents.slice(0, index + 1).join('')),
);

/** Offsets right after each line of the recorded message: where a relay that reads lines adds an error. */
export const lineEnds: readonly number[] = [...recordedBytes.entries()]
  .filter(([, byte]) => byte === 0x0a)
  .map(([index]) => index + 1);

const errorEvent = streamEvent('error', { error: { type: 'api_error', message: 'Internal server error' } });
const otherAnswer = wholeMessage('the other endpoint answers');
/** A failure in a row opens a circuit, so an answer that is not cut comes after so many that are. */
const cutsPerWhole = 4;
const lanes = 8;

/** Makes the cuts, several at a time, and claims that each has the outcome that it must have. */
export async function assertCuts(scope: Scope, cuts: readonly Cut[]): Promise<void> {
  const attempts = new Map<string, number[]>();
  const ports: number[] = [];
  const script =
    (index: number): Script =>
    async (exchange) => {
      const query = new URL(exchange.request.target, 'http://127.0.0.1').searchParams;
      const id = query.get('id') ?? '';
      const before = attempts.get(id);
      attempts.set(id, [...(before ?? []), ports[index] ?? 0]);
      await exchange.send(streamHead);
      if (before || !query.has('fault')) {
        await exchange.send(chunk(otherAnswer));
        await exchange.send(lastChunk);
        return;
      }
      const bytes = recordedBytes.subarray(0, Number(query.get('offset')));
      if (bytes.length > 0) await exchange.send(chunk(bytes));
      if (query.get('fault') === 'reset') return exchange.reset();
      if (query.get('fault') === 'errorEvent') await exchange.send(chunk(errorEvent));
      await exchange.send(lastChunk);
    };
  const upstreams = [await startUpstream(scope, script(0)), await startUpstream(scope, script(1))];
  ports.push(...upstreams.map(({ port }) => port));
  const routing = { breakerThreshold: 100, patienceSeconds: 0 };
  const proxy = await startProxy(
    scope,
    configOf(
      upstreams.map((upstream) => upstream.endpoint()),
      routing,
    ),
  );
  const agent = new http.Agent({ keepAlive: true, maxSockets: lanes });
  onEnd(scope, () => agent.destroy());

  let sent = 0;
  const ask = async (cut: Cut | undefined): Promise<Seen> => {
    sent += 1;
    const id = String(sent);
    const path = `/v1/messages?beta=true&id=${id}${cut ? `&fault=${cut.fault}&offset=${cut.offset}` : ''}`;
    const headers = headersOf(cut?.client ?? 'other', id, proxy.token);
    const answer = await answerOf({ host: '127.0.0.1', port: proxy.port, agent, path, headers });
    return { ...answer, attempts: attempts.get(id) ?? [] };
  };
  const judge = new Judge();
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let done = 1; next < cuts.length; done += 1) {
        const cut = cuts[next] as Cut;
        next += 1;
        await judge.assertOutcome(cut, await ask(cut));
        if (done % cutsPerWhole === 0) assert.equal((await ask(undefined)).text, otherAnswer);
      }
    }),
  );
}

/** The request of all cuts. */
const body = Buffer.from(JSON.stringify({ ...question, stream: true, tools: [{ name: 'Read' }] }));

function headersOf(client: Cut['client'], id: string, token: string): http.OutgoingHttpHeaders {
  const common = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': body.length,
    'x-claude-code-session-id': `00000000-0000-4000-8000-${id.padStart(12, '0')}`,
  };
  if (client === 'other') return { ...common, 'user-agent': 'Anthropic/JS 1.10.0' };
  return {
    ...common,
    'user-agent': 'claude-cli/2.1.328 (external, cli)',
    'x-claude-code-request-class': client === 'compaction' ? client : 'main',
    'x-app': 'cli',
  };
}

function answerOf(options: http.RequestOptions): Promise<Omit<Seen, 'attempts'>> {
  return new Promise((resolve, reject) => {
    const request = http.request({ ...options, method: 'POST' }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (bytes: Buffer) => pieces.push(bytes));
      // A broken connection shows as a close without an end.
      response.on('error', () => undefined);
      response.once('close', () => {
        const text = Buffer.concat(pieces).toString();
        resolve({ status: response.statusCode ?? 0, text, end: response.complete ? 'clean' : 'broken' });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

class Judge {
  /** Streams whose message was looked at; most cuts inside one event leave the same one. */
  readonly #messages = new Map<string, Anthropic.Message>();

  async assertOutcome(cut: Cut, seen: Seen): Promise<void> {
    const expected = outcomeOf(cut);
    const what = `${cut.client}, ${cut.fault} after ${cut.offset} bytes, expected ${expected.kind}`;
    assert.equal(seen.status, 200, `${what}: ${seen.text}`);
    assert.equal(seen.attempts.length, expected.kind === 'otherEndpoint' ? 2 : 1, what);
    assert.equal(new Set(seen.attempts).size, seen.attempts.length, `${what}: the same endpoint again`);
    assert.equal(seen.end, expected.kind === 'broken' ? 'broken' : 'clean', what);
    if (expected.kind === 'otherEndpoint') assert.equal(seen.text, otherAnswer, what);
    else if (cut.client !== 'claudeCode') assert.equal(seen.text, sentBy(cut), what);
    else if (expected.kind === 'broken') this.#assertPrefix(seen.text, what);
    else if (expected.kind === 'complete') {
      await this.#assertMessage(seen.text, recordedContent, 'tool_use', what);
    } else if (expected.kind === 'rescued') {
      await this.#assertMessage(seen.text, expected.content, expected.stopReason, what);
    } else assert.fail(what);
  }

  #assertPrefix(text: string, what: string): void {
    // Pings overtake a tool call that is held back.
    const ping = streamEvent('ping');
    assert.ok(recordedStream.replaceAll(ping, '').startsWith(text.replaceAll(ping, '')), what);
  }

  async #assertMessage(
    stream: string,
    content: readonly unknown[],
    stopReason: string,
    what: string,
  ): Promise<void> {
    const message = this.#messages.get(stream) ?? (await messageOf(stream));
    this.#messages.set(stream, message);
    assert.deepEqual(
      message.content.map((block) => ({ ...block })),
      content,
      what,
    );
    assert.equal(message.stop_reason, stopReason, what);
  }
}

/** The message that the SDK makes of a stream. @throws when it does not take it */
async function messageOf(stream: string): Promise<Anthropic.Message> {
  const response = () => new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
  const client = new Anthropic({ apiKey: 'key', fetch: async () => response(), maxRetries: 0 });
  return client.messages.stream(question).finalMessage();
}

/** Everything that the endpoint sent, as text. */
function sentBy({ offset, fault }: Cut): string {
  const error = fault === 'errorEvent' ? errorEvent : '';
  return recordedBytes.subarray(0, offset).toString() + error;
}

interface RecordedEvent {
  readonly type: string;
  readonly index?: number;
  readonly content_block?: { readonly type: string };
  readonly delta?: { readonly type?: string; readonly text?: string };
}

const events = recordedEvents.map((event) => JSON.parse(event.replace(/^.*\ndata: /, '')) as RecordedEvent);

/** What must come of a cut by the rules, from the events that came whole. */
function outcomeOf({ client, fault, offset }: Cut): Outcome {
  const received = events.slice(0, eventEnds.filter((end) => end <= offset).length);
  const isContent = ({ type, content_block }: RecordedEvent) =>
    type !== 'message_start' && type !== 'ping' && content_block?.type !== 'thinking';
  if (!received.some(isContent)) return { kind: 'otherEndpoint' };
  if (received.some(({ type }) => type === 'message_delta')) return { kind: 'complete' };
  if (client !== 'claudeCode') return { kind: fault === 'errorEvent' ? 'toldOfError' : 'broken' };

  const open = openBlock(received);
  const complete = received.filter(({ type }) => type === 'content_block_stop').length;
  const content: unknown[] = recordedContent.slice(0, complete);
  const hasTool = recordedContent.slice(0, complete).some(({ type }) => type === 'tool_use');
  const hasText = received.some(({ delta }) => delta?.type === 'text_delta' && delta.text !== '');
  // Half a thought cannot be kept, and nothing can be gone on from without a text or a tool call.
  if (open?.type === 'thinking' || !(hasText || hasTool)) return { kind: 'broken' };
  // Half a tool call was never shown. Half a text is kept.
  if (open?.type === 'text') content.push({ type: 'text', text: open.text });
  const isToolLast = recordedContent[content.length - 1]?.type === 'tool_use';
  return { kind: 'rescued', content, stopReason: isToolLast ? 'tool_use' : 'max_tokens' };
}

/** The block that has begun and not ended, with the text that came of it. */
function openBlock(received: readonly RecordedEvent[]): { type: string; text: string } | undefined {
  const last = received.findLast(
    ({ type }) => type === 'content_block_start' || type === 'content_block_stop',
  );
  if (last?.content_block === undefined) return undefined;
  const deltas = received.filter(({ index, delta }) => index === last.index && delta?.type === 'text_delta');
  return { type: last.content_block.type, text: deltas.map(({ delta }) => delta?.text ?? '').join('') };
}
