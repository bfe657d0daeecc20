import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { leaksInLog } from '../support/canaries.ts';
import { onEnd, type Scope } from '../support/scope.ts';
import { configOf, writeConfig } from '../support/servedProxy.ts';
import { waitFor } from '../support/waitFor.ts';
import { type FaultyEndpoint, textOf } from './faultyEndpoint.ts';

/** How long a run lasts, in milliseconds. The variable is for work on the tests themselves. */
export const runMs = Number(process.env.QCC_LONG_SECONDS ?? 120) * 1000;

/** Time limits that make every wait of a fault short. */
const timeouts = { connect: 1_000, messageStart: 500, hold: 1_000, idle: 1_500, ping: 1_000 };

const server = fileURLToPath(new URL('../../dist/serve.cjs', import.meta.url));

/** What a client got in the end. */
export type Received =
  /** A whole message of one endpoint. */
  | 'whole'
  /** A message that was closed early for a client that goes on by itself. */
  | 'rescued'
  /** The beginning of a message and a broken connection. */
  | 'broken'
  /** The beginning of a message and the error of the endpoint. */
  | 'toldOfError'
  /** Anything else, in words: an error that another endpoint could have absorbed, or bytes that no endpoint has sent. */
  | `wrong: ${string}`;

/** A server under load. */
export interface LongRun {
  readonly pid: number;
  /** What clients have got so far. */
  readonly received: ReadonlyMap<Received, number>;
  /** Sends a request and counts what it gets. */
  ask(client: 'claudeCode' | 'other', body?: Buffer): Promise<Received>;
  /** What it wrote that is no line of its log: warnings of Node, and traces. */
  stray(): string[];
  /** The log of each request that nobody served, in few words. */
  unserved(): string[];
  /** Log lines of attempts, oldest first. */
  attempts(): AttemptLine[];
  /** How many files and sockets it has open. Linux only. */
  openFiles(): number;
  /** Its memory in megabytes, once a second. Linux only. */
  readonly memory: readonly number[];
  /** Closes the connections of the clients. */
  disconnect(): void;
}

export interface AttemptLine {
  readonly requestId: string;
  readonly endpoint: string;
  readonly outcome: string;
  /** The row of the classification table, of a failure. */
  readonly row?: string;
  readonly status?: number;
  /** How the endpoint stands after it. */
  readonly standing: string;
}

/** Starts the bundled server in front of some endpoints, for longer than other tests may take. */
export async function startLongRun(scope: Scope, endpoints: readonly FaultyEndpoint[]): Promise<LongRun> {
  const config = configOf(
    endpoints.map(({ name, port }) => ({
      name,
      baseUrl: `http://127.0.0.1:${port}`,
      apiKey: `sk-canary-${port}-long`,
    })),
    { timeouts, breakerSeconds: 1 },
    { strategy: 'weighted' },
  );
  const state = mkdtempSync(join(tmpdir(), 'qcc-test-'));
  const args = ['--config', writeConfig(scope, config), '--port', '0', '--state', state];
  const child = spawn(process.execPath, [server, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const endWithTests = () => child.kill('SIGKILL');
  process.once('exit', endWithTests);
  const exited = once(child, 'close');
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const { url, token, pid } = JSON.parse(line) as { url: string; token: string; pid: number };
  const port = Number(new URL(url).port);
  await waitFor('the configuration is in force', () => log.includes('"configured"') || undefined);
  await waitFor(
    'the history is open',
    () => readdirSync(state).some((name) => name.endsWith('.db-shm')) || undefined,
  );

  const memory: number[] = [];
  const sampling = setInterval(() => memory.push(memoryOf(pid)), 1_000);
  const agent = new http.Agent({ keepAlive: true });
  onEnd(scope, async () => {
    process.off('exit', endWithTests);
    clearInterval(sampling);
    agent.destroy();
    child.kill('SIGKILL');
    await exited;
    rmSync(state, { recursive: true, force: true });
    const leaks = leaksInLog(log);
    if (leaks.length > 0) throw new Error(`the server has written secrets: ${leaks}`);
  });

  const received = new Map<Received, number>();
  const texts = new Set(endpoints.map(({ name }) => textOf(name)));
  const lines = () => log.split('\n').slice(0, -1);
  const attempts = () =>
    lines().flatMap((each) => (each.includes('"event":"attempt"') ? [JSON.parse(each) as AttemptLine] : []));
  let sent = 0;
  return {
    pid,
    received,
    memory,
    ask: async (client, body) => {
      sent += 1;
      const bytes = body ?? Buffer.from(bodyOf(sent, ''));
      const what = await receive({ host: '127.0.0.1', port, agent }, token, client, sent, texts, bytes);
      received.set(what, (received.get(what) ?? 0) + 1);
      return what;
    },
    stray: () => lines().filter((each) => !each.startsWith('{')),
    attempts,
    unserved: () => unservedIn(attempts()),
    openFiles: () => readdirSync(`/proc/${pid}/fd`).length,
    disconnect: () => agent.destroy(),
  };
}

/** For each request that ended with a failure its attempts, and how every endpoint stood at the last one. */
function unservedIn(attempts: readonly AttemptLine[]): string[] {
  const standings = new Map<string, string>();
  const requests = new Map<string, { readonly tries: string[]; failed: boolean; seen: string }>();
  for (const { requestId, endpoint, row, status, outcome, standing } of attempts) {
    standings.set(endpoint, standing);
    const request = requests.get(requestId) ?? { tries: [], failed: false, seen: '' };
    requests.set(requestId, request);
    request.tries.push(`${endpoint} ${row ?? ''} ${status ?? ''}`.trim());
    request.failed = outcome === 'failed';
    request.seen = [...standings].map((each) => each.join(' ')).join(', ');
  }
  return [...requests.values()]
    .filter(({ failed }) => failed)
    .map(({ tries, seen }) => `${tries.join(' → ')} (${seen})`);
}

function memoryOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** A request of its own conversation and for a model of its own, so that what one meets is not held against another. */
async function receive(
  target: http.RequestOptions,
  token: string,
  client: 'claudeCode' | 'other',
  number: number,
  texts: ReadonlySet<string>,
  body: Buffer,
): Promise<Received> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': body.length,
    'x-claude-code-session-id': `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    ...(client === 'claudeCode'
      ? { 'user-agent': 'claude-cli/2.1.328 (external, cli)', 'x-claude-code-request-class': 'main' }
      : { 'user-agent': 'other/1.0' }),
  };
  const request = http.request({ ...target, method: 'POST', path: '/v1/messages', headers });
  try {
    request.end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const pieces: Buffer[] = [];
    response.on('data', (bytes: Buffer) => pieces.push(bytes));
    // A broken connection shows as a close without an end.
    response.on('error', () => undefined);
    await new Promise<void>((resolve) => response.once('close', () => resolve()));
    const text = Buffer.concat(pieces).toString();
    if (response.statusCode !== 200) return `wrong: status ${response.statusCode} ${text.slice(0, 200)}`;
    return judge(text, response.complete, client, texts);
  } catch (error) {
    return `wrong: ${error instanceof Error ? error.message : 'no error'}`;
  }
}

/** A small Messages request. @param pad makes it longer */
export function bodyOf(number: number, pad: string): string {
  const messages = [{ role: 'user', content: `hello${pad}` }];
  return JSON.stringify({ model: `claude-sonnet-test-${number}`, max_tokens: 16, stream: true, messages });
}

function judge(
  stream: string,
  isComplete: boolean,
  client: 'claudeCode' | 'other',
  texts: ReadonlySet<string>,
): Received {
  const text = [...stream.matchAll(/"text_delta","text":"([^"]*)"/g)].map(([, piece]) => piece).join('');
  const starts = stream.match(/event: message_start/g)?.length ?? 0;
  const isPart = [...texts].some((each) => each.startsWith(text));
  if (starts !== 1 || !isPart) return `wrong: ${starts} messages with the text "${text}"`;
  if (!isComplete) return stream.includes('message_stop') ? 'wrong: broken after its end' : 'broken';
  if (stream.includes('event: error')) return client === 'other' ? 'toldOfError' : 'wrong: an error event';
  if (!stream.includes('event: message_stop')) return 'wrong: a clean end without the end of the message';
  if (texts.has(text)) return 'whole';
  const isTold = stream.includes('"stop_reason":"max_tokens"') && client === 'claudeCode';
  return isTold ? 'rescued' : 'wrong: half a message as a whole one';
}

/** Lets some clients ask, one request after the other each, until the run is over. */
export async function underLoad(clients: number, ask: (client: number) => Promise<unknown>): Promise<void> {
  const end = performance.now() + runMs;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (performance.now() < end) {
        await ask(client);
        await sleep(20);
      }
    }),
  );
}

/** The averages of the first, the middle and the last third of the samples. */
export function averagesOfThirds(samples: readonly number[]): readonly [number, number, number] {
  const size = Math.floor(samples.length / 3);
  const average = (third: number) => {
    const part = samples.slice(third * size, (third + 1) * size);
    return part.reduce((sum, each) => sum + each, 0) / part.length;
  };
  return [average(0), average(1), average(2)];
}

/** Numbers from 0 up to 1 that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
