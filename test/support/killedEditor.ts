import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openHome } from '../../src/protocol/home.ts';
import type { BuiltVersion } from './builtVersions.ts';
import { ChildWindow } from './childWindow.ts';
import { documentOf } from './contents.ts';
import { freePort, proxiesOf, temporaryHome } from './linkedWindow.ts';
import { messageBody } from './qccEditor.ts';
import { StoreFolder } from './storeFolder.ts';
import { waitFor } from './waitFor.ts';

/** What the user had in the settings of Claude Code. */
const ownSettings = { model: 'opus', env: { DISABLE_TELEMETRY: '1' } };

/** A streamed answer that is read to its end. */
export type StreamEnd = 'whole' | 'broken';

/**
 * An editor whose windows are processes that can be killed, with a state folder, a port, stores and a settings file of
 * Claude Code of its own.
 */
export class KilledEditor {
  readonly home: string;
  readonly port: number;
  readonly store: StoreFolder;
  readonly windows: ChildWindow[] = [];
  /** Names of the profiles that somebody was told are stored. */
  readonly acknowledged: string[] = [];
  readonly #root: ReturnType<typeof temporaryHome>;
  readonly #settings: string;
  readonly #started = performance.now();
  readonly #story: string[] = [];
  #secrets: string | undefined;
  #isRemoved = false;

  private constructor(port: number, endpoint: string) {
    this.#root = temporaryHome();
    this.home = path.join(this.#root.folder, 'h');
    this.port = port;
    this.store = new StoreFolder(path.join(this.#root.folder, 'store'));
    this.store.put(documentOf(1, [{ id: 'work', endpoints: [{ id: 'endpoint', baseUrl: endpoint }] }]));
    this.#settings = path.join(this.#root.folder, 'settings.json');
    fs.writeFileSync(this.#settings, JSON.stringify(ownSettings));
  }

  /** @param endpoint base URL of what answers */
  static async create(endpoint: string): Promise<KilledEditor> {
    return new KilledEditor(await freePort(), endpoint);
  }

  /** Everything that has happened, a line each, with the milliseconds from the beginning. */
  get story(): string {
    return this.#story.join('\n');
  }

  tell(text: string): void {
    this.#story.push(`${Math.round(performance.now() - this.#started)} ms: ${text}`);
  }

  /** The windows whose processes run. */
  get alive(): readonly ChildWindow[] {
    return this.windows.filter((window) => !window.hasEnded);
  }

  /** @param build what the window runs */
  openWindow({ script, version }: BuiltVersion): ChildWindow {
    if (this.#isRemoved) throw new Error('the editor is gone');
    const { home, port } = this;
    const store = path.join(this.#root.folder, 'store');
    const window = new ChildWindow({ home, port, script, version, store });
    this.windows.push(window);
    this.tell(`window ${window.pid} of ${version} opens`);
    return window;
  }

  /** Pids of the proxies. */
  proxies(): number[] {
    return proxiesOf(this.home);
  }

  /** How often the processes have logged an event. */
  logged(event: string): number {
    return this.processLog().split(`"event":"${event}"`).length - 1;
  }

  /** Whether the process that had the port last, or was to have it next, has ended by itself. */
  hasLastEndedInOrder(): boolean {
    const pids = (event: string) =>
      [...this.processLog().matchAll(new RegExp(`"event":"${event}".*"pid":(\\d+)`, 'g'))].map(
        ([, pid]) => pid,
      );
    const last = pids('listening').at(-1);
    return pids('exiting').includes(last) && !pids('retiring').includes(last);
  }

  /** What the processes have logged. */
  processLog(): string {
    const file = path.join(this.home, `proxy-${this.port}.log`);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  }

  /** Adds a profile and remembers it if that was acknowledged. */
  async addProfile(window: ChildWindow, name: string): Promise<string | null> {
    const problem = await window.order({ do: 'addProfile', name });
    if (problem === null) this.acknowledged.push(name);
    return problem;
  }

  /** Points Claude Code at the proxy. @returns why that failed, or null */
  configureClaudeCode(window: ChildWindow): Promise<string | null> {
    const environment = { hasProxy: false, exclusions: {} };
    return window.order({ do: 'configureClaudeCode', target: { file: this.#settings, environment } });
  }

  /** Whether the proxy serves a short request, in full, within a time in milliseconds. */
  async serves(withinMs: number): Promise<boolean> {
    const answer = await this.#ask({ words: 1, withinMs }).catch(() => undefined);
    return (await answer?.text().catch(() => ''))?.includes('message_stop') ?? false;
  }

  /** Begins a slow answer. Resolves when it has begun. */
  async stream(): Promise<{ readonly end: Promise<StreamEnd> }> {
    const answer = await this.#ask({ words: 4_096, withinMs: 20_000 });
    const end = answer.text().then(
      (text): StreamEnd => (text.includes('message_stop') ? 'whole' : 'broken'),
      (): StreamEnd => 'broken',
    );
    return { end };
  }

  #ask({ words, withinMs }: { words: number; withinMs: number }): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': openHome(this.home).token },
      body: JSON.stringify({ ...JSON.parse(messageBody('tell me')), max_tokens: words }),
      signal: AbortSignal.timeout(withinMs),
    });
  }

  /** What the settings of Claude Code lead to: the proxy, what the user had, or something that neither had in mind. */
  claudeCode(): 'proxy' | 'own' | 'wrong' {
    const { env, ...rest } = JSON.parse(fs.readFileSync(this.#settings, 'utf8'));
    const { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: token, ...others } = env;
    const { env: ownEnv, ...ownRest } = ownSettings;
    const isKept = JSON.stringify(rest) === JSON.stringify(ownRest) && others.DISABLE_TELEMETRY === '1';
    if (!isKept) return 'wrong';
    if (url === undefined && token === undefined) {
      return JSON.stringify(others) === JSON.stringify(ownEnv) ? 'own' : 'wrong';
    }
    const isOurs = url === `http://127.0.0.1:${this.port}` && token === openHome(this.home).token;
    return isOurs ? 'proxy' : 'wrong';
  }

  /** What is wrong with the files, in words; nothing when all are whole. No proxy may run. */
  damages(): string[] {
    const damages: string[] = [];
    // Windows that are killed early have not even made the folder.
    if (!fs.existsSync(path.join(this.home, 'install-secret'))) return damages;
    const secrets = ['token', 'install-secret'].map((name) =>
      fs.readFileSync(path.join(this.home, name), 'utf8'),
    );
    for (const secret of secrets) {
      if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) damages.push('a secret is not whole');
    }
    this.#secrets ??= secrets.join();
    if (this.#secrets !== secrets.join()) damages.push('the secrets have changed');
    for (const name of fs.readdirSync(this.home)) {
      const file = path.join(this.home, name);
      if (name.endsWith('.json') && !isJson(file)) damages.push(`${name} is not whole`);
      if (name.endsWith('.db')) damages.push(...databaseDamages(file));
      if (/corrupt|newer|foreign/.test(name)) damages.push(`${name} was set aside`);
    }
    const stored = this.store.read();
    const names = stored?.configuration.profiles.map(({ name: profile }) => profile) ?? [];
    const lost = ['work', ...this.acknowledged].filter((name) => !names.includes(name));
    if (lost.length > 0) damages.push(`acknowledged and lost: ${lost.join(', ')}`);
    return damages;
  }

  /** Remembers the secrets, which no kill may change. */
  knowSecrets(): void {
    const { token, installSecret } = openHome(this.home);
    this.#secrets = [token, installSecret.toString('base64url')].join();
  }

  /** Names of what lies in the state folder. */
  files(): string[] {
    return fs.readdirSync(this.home);
  }

  /** Ends what is left and removes everything. */
  async remove(): Promise<void> {
    this.#isRemoved = true;
    for (const window of this.alive) window.signal('SIGKILL');
    for (const pid of this.proxies()) process.kill(pid, 'SIGKILL');
    await waitFor('nothing is left', () => this.proxies().length === 0 || undefined);
    await Promise.all(this.windows.map((window) => window.ended()));
    this.#root.remove();
  }
}

function isJson(file: string): boolean {
  try {
    JSON.parse(fs.readFileSync(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}

function databaseDamages(file: string): string[] {
  const database = new DatabaseSync(file);
  try {
    const [row] = database.prepare('PRAGMA integrity_check').all();
    return row?.integrity_check === 'ok' ? [] : [`${path.basename(file)}: ${JSON.stringify(row)}`];
  } catch (error) {
    return [`${path.basename(file)}: ${String(error)}`];
  } finally {
    database.close();
  }
}
