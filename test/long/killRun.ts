import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuiltVersion } from '../support/builtVersions.ts';
import type { ChildWindow } from '../support/childWindow.ts';
import { KilledEditor, type StreamEnd } from '../support/killedEditor.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { waitFor } from '../support/waitFor.ts';
import { type KillCell, killsProxy, type Moment } from './killCells.ts';

/** A request has to be served again within this time from when a window is there, in milliseconds. */
const servedWithinMs = 3_000;
/** Without windows nothing is left after this time, in milliseconds. */
const leftWithinMs = 15_000;
/** A run that takes longer hangs, in milliseconds. */
const runLimitMs = 120_000;
/** Answers that run are over after this time, in milliseconds. */
const streamsEndWithinMs = 10_000;

export interface KillRunOptions {
  readonly seed: number;
  readonly cell: KillCell;
  /** Base URL of an endpoint whose long answers take a second or so. */
  readonly endpoint: string;
  readonly builds: { readonly older: BuiltVersion; readonly newer: BuiltVersion };
  /** Does something that may take a while and needs no processor, while others may go on. */
  readonly idly: <T>(wait: () => Promise<T>) => Promise<T>;
}

/**
 * Brings an editor to a moment, kills somebody there, and sees that all is well again.
 *
 * @throws with everything that has happened
 */
export async function killRun(options: KillRunOptions): Promise<void> {
  const editor = await KilledEditor.create(options.endpoint);
  try {
    const limit = sleep(runLimitMs, undefined, { ref: false }).then(() => {
      throw new Error('it does not come to its end');
    });
    await Promise.race([new KillRun(options, editor).run(), limit]);
  } catch (error) {
    const { seed, cell } = options;
    const { actor, moment, blow } = cell;
    const text = `seed ${seed}: ${blow} of ${actor} while ${moment}: ${(error as Error).message}`;
    const windows = editor.windows.map(
      ({ pid, statuses, errors }) => `window ${pid}: ${statuses.join(' ')} ${errors.join(' ')}`,
    );
    throw new Error([text, editor.story, ...windows, editor.processLog()].join('\n'), { cause: error });
  } finally {
    await editor.remove();
  }
}

class KillRun {
  readonly #options: KillRunOptions;
  readonly #editor: KilledEditor;
  readonly #random: () => number;
  readonly #streams: Promise<StreamEnd>[] = [];
  /** The process that had the port before anybody was killed. */
  #proxy: number | undefined;
  #first: ChildWindow | undefined;
  #second: ChildWindow | undefined;
  #newer: ChildWindow | undefined;
  #isEditing = false;
  readonly #edits: Promise<string | null>[] = [];

  constructor(options: KillRunOptions, editor: KilledEditor) {
    this.#options = options;
    this.#editor = editor;
    this.#random = seededRandom(options.seed);
  }

  async run(): Promise<void> {
    const editor = this.#editor;
    const { cell, builds, idly } = this.#options;
    this.#first = editor.openWindow(builds.older);
    this.#second = editor.openWindow(builds.older);
    await this.#reach(cell.moment);
    await this.#kill();
    // Whoever is left goes on for a moment.
    await this.#pause(this.#edits.length > 0 ? 300 : 0);
    this.#isEditing = false;
    if (editor.alive.length === 0 && this.#random() < 0.5) {
      // Nobody comes back before everything has ended.
      await idly(() => this.#untilNothingRuns());
      assert.deepEqual(editor.damages(), []);
    }
    if (editor.alive.length === 0) await editor.openWindow(builds.older).speaks();
    await this.#isServed();
    for (const problem of await Promise.all(this.#edits)) assert.equal(problem, null, 'an edit was refused');
    await this.#streamsHaveEnded();
    await waitFor('one proxy is left', () => editor.proxies().length === 1 || undefined);
    await this.#settingsLead();
    await this.#everybodyLeaves();
    await idly(() => this.#untilNothingRuns());
    assert.deepEqual(editor.damages(), []);
    const lead = editor.claudeCode();
    // Where the last one that had the port was killed and nobody came after it, there was nobody to take them out.
    assert.ok(
      lead === 'own' || (lead === 'proxy' && !editor.hasLastEndedInOrder()),
      `the settings are ${lead}`,
    );
    assert.deepEqual(
      editor.files().filter((name) => name.endsWith('.sock')),
      [],
    );
    await editor.openWindow(builds.older).speaks();
    await this.#isServed();
  }

  async #reach(moment: Moment): Promise<void> {
    const editor = this.#editor;
    const { builds, cell } = this.#options;
    if (moment === 'starting') {
      await this.#reachStart();
      return;
    }
    const [first, second] = [this.#first as ChildWindow, this.#second as ChildWindow];
    await Promise.all([first.attaches(), second.attaches()]);
    editor.knowSecrets();
    // One of two that were started may not have ended yet.
    this.#proxy = await waitFor('there is one proxy', () => {
      const pids = editor.proxies();
      return pids.length === 1 ? pids[0] : undefined;
    });
    assert.equal(await editor.configureClaudeCode(first), null);
    assert.equal(await editor.addProfile(first, 'first'), null);
    assert.equal(await editor.addProfile(second, 'second'), null);
    const hasStreams = moment === 'streaming' || (moment !== 'serving' && this.#random() < 0.5);
    if (hasStreams) {
      for (let count = 0; count < 3; count += 1) this.#streams.push((await editor.stream()).end);
    }
    switch (moment) {
      case 'serving':
        await this.#pause(100);
        return;
      case 'streaming':
        await this.#pause(1_000);
        return;
      case 'editing':
        this.#isEditing = true;
        for (const window of [first, second]) this.#edits.push(this.#edit(window));
        await this.#pause(500);
        return;
      case 'retiring':
        this.#newer = editor.openWindow(builds.newer);
        if (cell.actor !== 'newerWindow' || this.#random() < 0.5) {
          await waitFor('the successor is there', () => editor.proxies().length > 1 || undefined, 10_000, 3);
          editor.tell('the successor is there');
        }
        // Half of the time it has begun to take over.
        if (this.#random() < 0.5) {
          await waitFor('the holder retires', () => editor.logged('retiring') > 0 || undefined, 10_000, 3);
          await this.#pause(50);
        } else {
          await this.#pause(200);
        }
        return;
      case 'exiting':
        if (this.#random() < 0.5) void first.order({ do: 'restart' });
        else process.kill(this.#proxy, 'SIGTERM');
        await waitFor('it is about to end', () => editor.logged('draining') > 0 || undefined, 10_000, 2);
        await this.#pause(hasStreams ? 1_000 : 20);
    }
  }

  async #reachStart(): Promise<void> {
    const { actor } = this.#options.cell;
    if (killsProxy(actor)) {
      this.#proxy = await waitFor('a proxy starts', () => this.#editor.proxies()[0], 10_000, 3);
      await this.#pause(150);
    } else {
      await this.#pause(800);
    }
  }

  /** Changes the configuration as fast as it goes. @returns why it was refused, or null */
  async #edit(window: ChildWindow): Promise<string | null> {
    let problem: string | null = null;
    for (let count = 0; this.#isEditing && problem === null && !window.hasEnded; count += 1) {
      problem = await this.#editor.addProfile(window, `${window.pid}-${count}`);
    }
    return problem === 'ended' ? null : problem;
  }

  async #kill(): Promise<void> {
    const { blow } = this.#options.cell;
    const pids = this.#victims();
    this.#editor.tell(`${blow} of ${pids.join(', ')}`);
    if (blow === 'frozen') {
      this.#signal(pids, 'SIGSTOP');
      await this.#pause(500);
      this.#signal(pids, 'SIGKILL');
    } else {
      this.#signal(pids, blow);
    }
    this.#editor.tell('done');
    await Promise.all(
      this.#editor.windows.filter(({ pid }) => pids.includes(pid)).map((window) => window.ended()),
    );
  }

  #victims(): number[] {
    const { alive } = this.#editor;
    const proxies = this.#editor.proxies();
    switch (this.#options.cell.actor) {
      case 'proxy':
        return this.#proxy === undefined ? [] : [this.#proxy];
      case 'successor':
        return proxies.filter((pid) => pid !== this.#proxy);
      case 'firstWindow':
        return [this.#first?.pid as number];
      case 'secondWindow':
        return [this.#second?.pid as number];
      case 'firstWindowAndProxy':
        return [this.#first?.pid as number, ...(this.#proxy === undefined ? [] : [this.#proxy])];
      case 'newerWindow':
        return [this.#newer?.pid as number];
      case 'windows':
        return alive.map(({ pid }) => pid);
      case 'everything':
        return [...alive.map(({ pid }) => pid), ...proxies];
    }
  }

  #signal(pids: readonly number[], name: NodeJS.Signals): void {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        this.#editor.tell(`${pid} has ended already`);
      }
    }
  }

  async #isServed(): Promise<void> {
    await Promise.all(this.#editor.alive.map((window) => window.speaks()));
    const begun = performance.now();
    await waitFor(
      `a request is served within ${servedWithinMs} ms`,
      async () => (await this.#editor.serves(servedWithinMs)) || undefined,
      servedWithinMs,
      20,
    );
    this.#editor.tell(`served after ${Math.round(performance.now() - begun)} ms`);
  }

  /** None hangs; and they are whole unless the very process that carried them was killed. */
  async #streamsHaveEnded(): Promise<void> {
    const { actor, blow } = this.#options.cell;
    const mayBreak = blow !== 'SIGTERM' && killsProxy(actor);
    const over = sleep(streamsEndWithinMs, 'endless' as const, { ref: false });
    for (const stream of this.#streams) {
      const end = await Promise.race([stream, over]);
      assert.ok(end === 'whole' || (end === 'broken' && mayBreak), `an answer is ${end}`);
    }
  }

  /** Claude Code is pointed at the proxy that runs, where it was to be. */
  async #settingsLead(): Promise<void> {
    const isWanted = this.#options.cell.moment !== 'starting';
    await waitFor(
      'the settings of Claude Code lead to the proxy',
      () => this.#editor.claudeCode() === (isWanted ? 'proxy' : 'own') || undefined,
      5_000,
    );
  }

  async #everybodyLeaves(): Promise<void> {
    const inOrder = this.#random() < 0.5;
    this.#editor.tell(inOrder ? 'the windows close' : 'the windows are killed');
    await Promise.all(
      this.#editor.alive.map(async (window) => {
        if (inOrder) return window.close();
        window.signal('SIGKILL');
        return window.ended();
      }),
    );
  }

  async #untilNothingRuns(): Promise<void> {
    await waitFor('nothing is left', () => this.#editor.proxies().length === 0 || undefined, leftWithinMs);
    this.#editor.tell('nothing is left');
  }

  /** A time of up to `longest` milliseconds. */
  async #pause(longest: number): Promise<void> {
    const time = longest * this.#random();
    await sleep(time);
    this.#editor.tell(`after ${Math.round(time)} ms more`);
  }
}
