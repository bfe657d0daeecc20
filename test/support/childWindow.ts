import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitFor } from './waitFor.ts';
import type { WindowOrder, WindowProcessOptions, WindowReport } from './windowProcess.ts';

const script = fileURLToPath(new URL('./windowProcess.ts', import.meta.url));

/** A window in a process of its own, as its parent sees it. */
export class ChildWindow {
  readonly statuses: string[] = [];
  /** Names of the log events that it was told. */
  readonly log: string[] = [];
  readonly errors: string[] = [];
  readonly #child: ChildProcess;
  readonly #open = new Map<number, (problem: string | null) => void>();
  #orders = 0;

  constructor(options: WindowProcessOptions) {
    this.#child = fork(script, [JSON.stringify(options)]);
    this.#child.on('message', (message) => this.#take(message as WindowReport));
    this.#child.once('exit', () => {
      for (const finish of this.#open.values()) finish('ended');
    });
    // A kill and an order can cross; what was not done shows as such.
    this.#child.on('error', () => undefined);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get status(): string | undefined {
    return this.statuses.at(-1);
  }

  /** Resolves when its process says the first thing: the editor is there. */
  async speaks(): Promise<void> {
    await waitFor('the window is there', () => this.statuses.length > 0 || undefined, 15_000, 10);
  }

  /** Resolves when it is attached. */
  async attaches(): Promise<void> {
    await waitFor('the window is attached', () => this.status === 'attached' || undefined, 15_000, 10);
  }

  /** Has it do something. @returns why it was not done, `ended` when the process has ended before it said so, or null */
  order(what: WindowOrder): Promise<string | null> {
    if (this.hasEnded) return Promise.resolve('ended');
    this.#orders += 1;
    const order = this.#orders;
    return new Promise((resolve) => {
      this.#open.set(order, resolve);
      this.#child.send({ ...what, order }, () => undefined);
    });
  }

  /** Closes it in order. */
  async close(): Promise<void> {
    const ended = this.ended();
    await this.order({ do: 'close' });
    await ended;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when its process has ended. */
  async ended(): Promise<void> {
    if (!this.hasEnded) await once(this.#child, 'exit');
  }

  #take(report: WindowReport): void {
    switch (report.kind) {
      case 'status':
        this.statuses.push(report.status);
        return;
      case 'log':
        this.log.push(report.event);
        return;
      case 'error':
        this.errors.push(report.text);
        return;
      case 'done':
        this.#open.get(report.order)?.(report.problem);
        this.#open.delete(report.order);
    }
  }
}
