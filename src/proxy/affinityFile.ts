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
  #file: string;
  /** What is left under former names, until it has been saved under the one of now. */
  readonly #former = new Set<string>();
  #isDirty = false;
  #hasFailed = false;
  #isClosed = false;

  constructor(options: AffinityFileOptions) {
    this.#options = options;
    this.#file = options.file;
    this.#timer = setInterval(() => this.#save(), saveIntervalMs).unref();
  }

  /** Takes up what the last run saved, if it did. */
  restore(): void {
    const { affinity, clock, now } = this.#options;
    let json: unknown;
    try {
      json = JSON.parse(fs.readFileSync(this.#file, 'utf8'));
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

  /** Saves in another file from now on. */
  moveTo(file: string): void {
    this.#former.add(this.#file);
    this.#former.delete(file);
    this.#file = file;
    this.#isDirty = true;
    this.#save();
  }

  /** Saves for the last time; from then on the file is a successor's. */
  close(): void {
    clearInterval(this.#timer);
    if (!this.#isClosed) this.#save();
    this.#isClosed = true;
  }

  #save(): void {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    const { affinity, clock, now, failed } = this.#options;
    const file = this.#file;
    const draft = `${file}.${process.pid}`;
    const text = JSON.stringify({ version: 1, savedAt: now(), bindings: affinity.entries(clock()) });
    try {
      fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      fs.writeFileSync(draft, text, { mode: 0o600 });
      fs.renameSync(draft, file);
      this.#hasFailed = false;
      for (const former of this.#former) removeIfPossible(former);
      this.#former.clear();
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
