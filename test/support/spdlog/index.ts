// Stands in for the native module that VS Code writes its logs with: without one, output channels of extensions stay
// empty. test/support/setup.mjs links this folder to where VS Code looks. It writes at once and never rotates.
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const levels = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];
const off = levels.length;

/** One log file, with the methods that VS Code calls. */
export class Logger {
  readonly #path: string;
  #level = levels.indexOf('info');
  #formatted = true;

  /** Makes the folder of the file. */
  constructor(_name: string, path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
  }

  trace = (message: string): void => this.#write('trace', message);
  debug = (message: string): void => this.#write('debug', message);
  info = (message: string): void => this.#write('info', message);
  warn = (message: string): void => this.#write('warning', message);
  error = (message: string): void => this.#write('error', message);
  critical = (message: string): void => this.#write('critical', message);

  /** Lines of a lower level are left out; 0 is trace, 6 is off. */
  setLevel(level: number): void {
    this.#level = Math.min(level, off);
  }

  /** Takes time, level and line break away: what is written then is what was given. */
  clearFormatters(): void {
    this.#formatted = false;
  }

  /** VS Code sets one pattern only, the one that is written here. */
  setPattern(_pattern: string): void {
    this.#formatted = true;
  }

  /** Everything is written at once, so there is nothing to do. */
  flush(): void {
    return;
  }

  /** Ends the log. */
  drop(): void {
    this.#level = off;
  }

  #write(level: string, message: string): void {
    if (levels.indexOf(level) < this.#level) return;
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '');
    appendFileSync(this.#path, this.#formatted ? `${time} [${level}] ${message}\n` : message);
  }
}

/** Opens a log file. */
export async function createAsyncRotatingLogger(name: string, path: string): Promise<Logger> {
  return new Logger(name, path);
}

/** Opens a log file. */
export const createRotatingLogger = createAsyncRotatingLogger;

/** Everything is written at once, so there is nothing to set. */
export function setFlushOn(_level: number): void {
  return;
}
