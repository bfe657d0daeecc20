import type { Home } from '../../protocol/home.ts';
import type { Connection } from './connection.ts';
import { type ProxyChild, spawnProxy } from './spawnProxy.ts';

/** Between two tries to reach a proxy that is starting, in milliseconds. */
const attachRetryMs = 30;
/** A port holder that has not answered for this long is a foreign program. */
const foreignAfterMs = 1_500;
/** A process that has not answered for this long does not any more. */
const hungAfterMs = 15_000;

/** How a start goes on in the window. */
export interface StartAttempt {
  /** An older build holds the port and is to retire. */
  readonly takesOver: boolean;
  /** Connects to whichever proxy there is. */
  connect(): Promise<Connection | undefined>;
  /** False when nobody wants a proxy any more. */
  isWanted(): boolean;
  pause(milliseconds: number): Promise<void>;
}

/**
 * Starts proxy processes, and ends those that are of no use: only such that nobody can be served by, which is one
 * that never answered, or one that stopped answering us and still holds the port.
 */
export class ProcessStarter {
  readonly #script: string;
  /** The process that this window started last. */
  #child: ProxyChild | undefined;
  #hung: { readonly pid: number; readonly since: number } | undefined;

  /** @param script the bundled proxy */
  constructor(script: string) {
    this.#script = script;
  }

  /**
   * Starts a process, unless one of ours is still starting, and connects to whichever process wins the port. Returns
   * why that did not work, or undefined when it has to be tried again or is no longer wanted.
   */
  async start(
    home: Home,
    port: number,
    attempt: StartAttempt,
  ): Promise<Connection | 'portTaken' | 'crashed' | undefined> {
    const { takesOver } = attempt;
    const starting = this.#startingChild(home.folder, port);
    const child =
      starting?.takesOver === takesOver ? starting : spawnProxy(this.#script, home, port, takesOver);
    this.#child = child;
    const hangsAt = performance.now() + hungAfterMs;
    let giveUpAt = Number.POSITIVE_INFINITY;
    while (attempt.isWanted()) {
      const connection = await attempt.connect();
      if (connection) return connection;
      if (child.end === 'crashed') return 'crashed';
      if (!child.end && performance.now() > hangsAt) child.kill('SIGKILL');
      // Somebody holds the port: a proxy that has not opened its socket yet, one that hangs, or a foreign program.
      if (child.end === 'portTaken') giveUpAt = Math.min(giveUpAt, performance.now() + foreignAfterMs);
      if (performance.now() > giveUpAt) {
        if (!this.#hung) return 'portTaken';
        if (performance.now() > this.#hung.since + hungAfterMs) {
          this.#endHung(this.#hung.pid);
          return undefined;
        }
      }
      await attempt.pause(attachRetryMs);
    }
    return undefined;
  }

  /** Takes note that the proxy of a folder and port has answered us. */
  answered(pid: number, folder: string, port: number): void {
    this.#hung = undefined;
    if (this.#child?.pid === pid) this.#child.proven = true;
    // One of ours that lost the race may not have found out yet; it must not win the port when this one ends.
    else this.#startingChild(folder, port)?.kill();
  }

  /** Takes note that a proxy which had answered us did so no more. */
  stoppedAnswering(pid: number): void {
    this.#hung = { pid, since: performance.now() };
  }

  /** Ends the process that is starting, if there is one. */
  cancel(): void {
    if (!this.#child?.proven) this.#child?.kill();
  }

  /** Our process for a folder and port, if it may still become the proxy. */
  #startingChild(folder: string, port: number): ProxyChild | undefined {
    const child = this.#child;
    return child && !child.end && !child.proven && child.port === port && child.folder === folder
      ? child
      : undefined;
  }

  #endHung(pid: number): void {
    this.#hung = undefined;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile, which is as good.
    }
  }
}
