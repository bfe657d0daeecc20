import fs from 'node:fs';

/** A log of this size, in bytes, is cut while the process runs; what was in it is kept beside it. */
const defaultMaxBytes = 1024 * 1024;
/** How often its size is looked at, in lines. */
const linesPerLook = 100;

/**
 * What this process says outside the control connection: lines in the file that it was started with. A file that cannot be
 * written, on a full disk, costs the lines and nothing else, and it goes on when there is room.
 */
export class ProcessLog {
  readonly #descriptor: number;
  readonly #file: string;
  readonly #maxBytes: number;
  #lines = 0;

  /**
   * @param descriptor what is written to
   * @param file the path that it most likely has, to keep what is cut beside it
   */
  constructor(descriptor: number, file: string, maxBytes = defaultMaxBytes) {
    this.#descriptor = descriptor;
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  write(line: string): void {
    try {
      if (this.#lines % linesPerLook === 0) this.#cut();
      this.#lines += 1;
      fs.writeSync(this.#descriptor, `${line}\n`);
    } catch {
      // There is no other place to say it.
    }
  }

  #cut(): void {
    const stat = fs.fstatSync(this.#descriptor);
    if (!stat.isFile() || stat.size <= this.#maxBytes) return;
    // By name it may be another one by now; then its lines are gone with its name.
    const isThere = fs.statSync(this.#file, { throwIfNoEntry: false })?.ino === stat.ino;
    if (isThere) fs.copyFileSync(this.#file, `${this.#file}.1`);
    fs.ftruncateSync(this.#descriptor);
  }
}
