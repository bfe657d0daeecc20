import type { ProxyAccess } from '../../core/claudeEntries.ts';
import type {
  ClaudeCodeOutcome,
  ClaudeCodeProblem,
  ClaudeCodeState,
  ClaudeCodeTarget,
} from '../../protocol/clients.ts';
import { errorCodeOf } from '../errorCode.ts';
import type { Log } from '../log.ts';
import { putIn, takeOut } from './entriesInFile.ts';
import { type ClaudeCodeRecord, newRecord, readRecord, removeRecord, writeRecord } from './record.ts';

export interface ClaudeCodeDeps {
  /** Where it is recorded what was put into which file. */
  readonly recordPath: string;
  /** Where the proxy listens, and what opens it. */
  readonly access: () => ProxyAccess;
  readonly log: Log['write'];
  /** `state` has changed. */
  readonly changed: () => void;
}

/**
 * Keeps Claude Code pointed at the proxy for as long as there is one. Only the holder of the port writes the settings
 * file: the entries go in when it has the port and out before it lets go of it, so that a successor does not meet it. One
 * thing is done at a time. Nothing here fails but by its outcome.
 */
export class ClaudeCode {
  readonly #deps: ClaudeCodeDeps;
  #state: ClaudeCodeState | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** The one that was put in last. When the proxy has moved and the file cannot be written, that is another one. */
  #port: number | undefined;
  /** What was recorded when this process did something about it last. */
  #known: ClaudeCodeRecord | null = null;
  #isOver = false;

  constructor(deps: ClaudeCodeDeps) {
    this.#deps = deps;
  }

  /** Null while nobody wants Claude Code to be pointed here. */
  get state(): ClaudeCodeState | null {
    return this.#state;
  }

  /** Puts the entries in where they are wanted, as they are to be now: what an earlier run left may be out of date. */
  async start(): Promise<void> {
    await this.#inTurn(async () => {
      const record = await this.#record();
      return record ? this.#putIn(record) : done;
    });
  }

  /** The user wants the entries in a file: now, and whenever a proxy starts. */
  configure(target: ClaudeCodeTarget): Promise<ClaudeCodeOutcome> {
    return this.#inTurn(async () => {
      const known = await this.#record();
      if (known?.file === target.file) return this.#putIn({ ...known, ...target });
      if (known) {
        const out = await this.#takeOut(known, true);
        if (!out.ok) return out;
      }
      const outcome = await this.#putIn(newRecord(target), { isFirst: true });
      // What was never there is not tried again by itself.
      if (!outcome.ok) {
        await removeRecord(this.#deps.recordPath);
        this.#setState(null);
      }
      return outcome;
    });
  }

  /** Records again what was lost with the state folder: without that, what the user had there before us is lost as well. */
  async keepRecord(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#known && !(await this.#record())) await writeRecord(this.#deps.recordPath, this.#known);
      return done;
    });
  }

  /** The user wants them there no more. */
  restore(): Promise<ClaudeCodeOutcome> {
    return this.#inTurn(async () => {
      const record = await this.#record();
      if (record) return this.#takeOut(record, true);
      this.#setState(null);
      return done;
    });
  }

  /** Takes the entries out until the next start. Nothing is put in afterwards. */
  async leave(): Promise<void> {
    await this.#inTurn(async () => {
      this.#isOver = true;
      const record = await this.#record();
      if (!record || record.port === null) return done;
      // A proxy of another port may have taken the file over; it takes out what it put in.
      const { port } = this.#deps.access();
      const isOurs = record.port === port || (record.port === this.#port && record.pid === process.pid);
      if (!isOurs) return done;
      return this.#takeOut(record, false);
    });
  }

  /** Leaves the entries to a successor, which takes the record over. Nothing is written afterwards. */
  async handOver(): Promise<void> {
    await this.#inTurn(async () => {
      this.#isOver = true;
      return done;
    });
  }

  #record(): Promise<ClaudeCodeRecord | null> {
    return readRecord(this.#deps.recordPath);
  }

  async #putIn(record: ClaudeCodeRecord, { isFirst } = { isFirst: false }): Promise<ClaudeCodeOutcome> {
    const { recordPath, access, log } = this.#deps;
    const to = access();
    const outcome = await putIn(recordPath, record, to, { isFirst });
    if (outcome.ok) {
      this.#port = to.port;
      log({ level: 'info', event: 'claudeCodeConfigured' });
    } else this.#logFailure(outcome.problem);
    const problem = outcome.ok ? null : outcome.problem;
    this.#setState({ file: record.file, isWritten: outcome.ok, problem });
    return outcome;
  }

  async #takeOut(record: ClaudeCodeRecord, forGood: boolean): Promise<ClaudeCodeOutcome> {
    const outcome = await takeOut(this.#deps.recordPath, record, { forGood });
    if (outcome.ok) this.#deps.log({ level: 'info', event: 'claudeCodeRestored' });
    else this.#logFailure(outcome.problem);
    if (!outcome.ok) this.#setState({ file: record.file, isWritten: true, problem: outcome.problem });
    else this.#setState(forGood ? null : { file: record.file, isWritten: false, problem: null });
    return outcome;
  }

  #logFailure(problem: ClaudeCodeProblem): void {
    const code = 'system' in problem ? `${problem.code} ${problem.system}` : problem.code;
    this.#deps.log({ level: 'warn', event: 'claudeCodeFailed', code });
  }

  #setState(state: ClaudeCodeState | null): void {
    this.#state = state;
    this.#deps.changed();
  }

  /** What the record's own file system refuses is an outcome too. */
  #inTurn(work: () => Promise<ClaudeCodeOutcome>): Promise<ClaudeCodeOutcome> {
    const turn = this.#last.then(async (): Promise<ClaudeCodeOutcome> => {
      if (this.#isOver) return { ok: false, problem: { code: 'changing' } };
      try {
        const outcome = await work();
        this.#known = await this.#record();
        return outcome;
      } catch (error) {
        const problem = { code: 'notRecorded', system: errorCodeOf(error) } as const;
        this.#logFailure(problem);
        return { ok: false, problem };
      }
    });
    this.#last = turn;
    return turn;
  }
}

const done = { ok: true } as const;
