import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canaryToken, leaksInLog } from './canaries.ts';
import { type History, historyOf } from './history.ts';
import { onEnd, type Scope } from './scope.ts';
import type { ConfiguredEndpoint } from './scriptedUpstream.ts';
import { waitFor } from './waitFor.ts';

const script = fileURLToPath(new URL('../../dist/serve.cjs', import.meta.url));

/** A run of the headless server, with whatever arguments. */
export interface ServerRun {
  readonly child: ChildProcess;
  /** Its state folder, in a temporary place of its own; it need not exist. */
  readonly stateFolder: string;
  /** What it wrote so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Its first line on stdout, parsed. Rejects when the process ends without one. */
  readonly listening: Promise<{ event: string; url: string; token: string | null; pid: number }>;
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
}

/** A line of the server's log. */
export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A running headless server. */
export interface ServedProxy extends ServerRun {
  readonly url: string;
  readonly port: number;
  /** What clients must show; of no use when the server was started with `--no-token`. */
  readonly token: string;
  readonly pid: number;
  /** What its clients and upstreams see of each other. */
  readonly history: History;
  /** Log lines so far. */
  logLines(): LogLine[];
  /** Resolves with the log lines of one event once there are `count` of them. */
  logged(event: string, count?: number): Promise<LogLine[]>;
  /** Resolves with the log lines of attempts at these endpoints, by name, once there are `count` of them. */
  attemptsAt(endpoints: readonly string[], count: number): Promise<LogLine[]>;
  /** Ends it as an administrator would; resolves with how it exited. */
  stop(): Promise<number | NodeJS.Signals | null>;
}

/**
 * Starts the bundled server as a process of its own. It is ended with `scope`, which fails when the process has
 * written a secret or a prompt, or when a rule of the history was broken.
 *
 * @param environment is added to a bare environment, in which no network setting of this machine is left
 * @throws when there is no bundle
 */
export function runServer(
  scope: Scope,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ServerRun {
  if (!existsSync(script)) throw new Error('There is no dist/serve.cjs: run `node esbuild.mjs`.');
  const stateFolder = join(mkdtempSync(join(tmpdir(), 'qcc-test-')), 'state');
  const { PATH = '', HOME = '', SYSTEMROOT = '' } = process.env;
  const child = spawn(process.execPath, [script, '--state', stateFolder, ...args], {
    env: { PATH, HOME, SYSTEMROOT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  }
  // "close" comes after the last byte of output, "exit" may come before it.
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const firstLine = () => written.stdout.match(/^(.*)\n/)?.[1];
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const line = firstLine();
      if (line !== undefined) resolve(line);
    });
    void exited.then((code) => reject(new Error(`the server ended (${code}): ${written.stderr}`)));
  }).then((line) => JSON.parse(line));
  // Whether anybody asks for it or not, its rejection must not end the tests.
  listening.catch(() => undefined);

  const history = historyOf(scope);
  history.serving({
    lines: () => logOf(written.stderr),
    isOver: () => child.exitCode !== null || child.signalCode !== null,
  });

  // A test that waits in vain fails in the end, when what it waits for is gone.
  const lifeLimit = setTimeout(() => child.kill('SIGKILL'), 120_000).unref();
  const endWithTests = () => child.kill('SIGKILL');
  process.once('exit', endWithTests);
  onEnd(scope, async () => {
    process.off('exit', endWithTests);
    clearTimeout(lifeLimit);
    const violations = await history.violations();
    child.kill('SIGKILL');
    await exited;
    rmSync(join(stateFolder, '..'), { recursive: true, force: true });
    const log = written.stderr + written.stdout.replace(/^.*\n/, '');
    assert.deepEqual(leaksInLog(log), [], 'the server has written secrets or prompts');
    assert.deepEqual(violations, [], 'a rule was broken that holds for every request');
  });
  return {
    child,
    stateFolder,
    listening,
    exited,
    get stdout() {
      return written.stdout;
    },
    get stderr() {
      return written.stderr;
    },
  };
}

/** The whole lines of a log. */
function logOf(text: string): LogLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []));
}

/**
 * A config file with one profile, whose endpoints are used in the order given unless they say otherwise.
 *
 * @param routing takes small time limits
 * @param profile more fields of the profile
 */
export function configOf(
  endpoints: readonly ConfiguredEndpoint[],
  routing: object = {},
  profile: object = {},
): object {
  const ordered = endpoints.map((endpoint, index) => ({ priority: index + 1, ...endpoint }));
  const only = { name: 'test', priority: 'primary', strategy: 'priority', ...profile, endpoints: ordered };
  // No check comes between the requests that a test counts.
  return { version: 1, profiles: [only], routing, health: { enabled: false } };
}

/** Writes a config file that is removed with `scope`, and returns its path. */
export function writeConfig(scope: Scope, config: object | string): string {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-test-'));
  onEnd(scope, () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'config.json');
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Starts a server with a configuration and resolves when it listens. */
export async function startProxy(
  scope: Scope,
  config: object,
  options: {
    /** Instead of a token of its own. */
    args?: readonly string[];
    environment?: Readonly<Record<string, string>>;
    /** A state folder that outlives the server. */
    state?: string;
  } = {},
): Promise<ServedProxy> {
  const token = canaryToken();
  const credential = options.args ?? ['--token', token];
  const state = options.state === undefined ? [] : ['--state', options.state];
  const run = runServer(
    scope,
    ['--config', writeConfig(scope, config), '--port', '0', ...credential, ...state],
    options.environment,
  );
  const { url, pid } = await run.listening;
  const logLines = () => logOf(run.stderr);
  const waitForLines = (what: string, isMeant: (line: LogLine) => boolean, count: number) =>
    waitFor(
      what,
      () => {
        const lines = logLines().filter(isMeant);
        return lines.length >= count ? lines : undefined;
      },
      20_000,
      5,
    );
  // The line above comes before the configuration is in force.
  await waitFor(
    'the configuration is in force',
    () => run.stderr.includes('"configured"') || undefined,
    10_000,
    5,
  );
  return Object.assign(Object.create(run) as ServerRun, {
    url,
    port: Number(new URL(url).port),
    token,
    pid,
    history: historyOf(scope),
    logLines,
    logged: (event: string, count = 1) =>
      waitForLines(`${count} log lines "${event}"`, (line) => line.event === event, count),
    attemptsAt: (endpoints: readonly string[], count: number) =>
      waitForLines(
        `${count} attempts at ${endpoints}`,
        (line) => line.event === 'attempt' && endpoints.includes(String(line.endpoint)),
        count,
      ),
    stop: () => {
      run.child.kill('SIGTERM');
      return run.exited;
    },
  });
}
