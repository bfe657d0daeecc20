import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { parseSavedBindings, type SessionAffinity } from '../core/sessionAffinity.ts';

/** How often changed bindings are saved, in milliseconds. */
const saveIntervalMs = 5_000;

const fileSchema = v.object({ version: v.literal(1), savedAt: v.number(), bindings: v.unknown() });

export interface AffinityFileOptions {
  readonly file: string;
  readonly affinity: SessionAffinity;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called when it cannot be saved, once until it can be again. */
  readonly failed: (code: string) => void;
}

/**
 * Keeps which conversation is at which endpoint from one run of the process to the next. The file holds hashes and ids;
 * without it conversations lose their prompt cache once, and nothing else.
 */
export class AffinityFile {
  readonly #options: AffinityFileOptions;
  readonly #timer: NodeJS.Timeout;
  #isDirty = false;
  #hasFailed = false;
  #isClosed = false;

  constructor(options: AffinityFileOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#save(), saveIntervalMs).unref();
  }

  /** Takes up what the last run saved, if it did. */
  restore(): void {
    const { file, affinity, clock, now } = this.#options;
    let json: unknown;
    try {
      json = JSON.parse(fs.readFileSync(file, 'utf8'));
    } catch {
      // It is not there, or it is damaged: conversations choose anew.
      return;
    }
    const saved = v.safeParse(fileSchema, json);
    if (!saved.success) return;
    const restMs = Math.max(0, now() - saved.output.savedAt);
    const bindings = parseSavedBindings(saved.output.bindings);
    affinity.restore(
      bindings.map(([key, endpointId, ageMs]) => [key, endpointId, ageMs + restMs]),
      clock(),
    );
  }

  /** Something was bound or used. */
  readonly changed = (): void => {
    this.#isDirty = true;
  };

  /** Saves for the last time; from then on the file is a successor's. */
  close(): void {
    clearInterval(this.#timer);
    if (!this.#isClosed) this.#save();
    this.#isClosed = true;
  }

  #save(): void {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    const { file, affinity, clock, now, failed } = this.#options;
    const draft = `${file}.${process.pid}`;
    const text = JSON.stringify({ version: 1, savedAt: now(), bindings: affinity.entries(clock()) });
    try {
      fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      fs.writeFileSync(draft, text, { mode: 0o600 });
      fs.renameSync(draft, file);
      this.#hasFailed = false;
    } catch (error) {
      this.#isDirty = true;
      removeIfPossible(draft);
      if (!this.#hasFailed) failed((error as NodeJS.ErrnoException).code ?? 'UNKNOWN');
      this.#hasFailed = true;
    }
  }
}

function removeIfPossible(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // What could not be written cannot always be removed either.
  }
}
