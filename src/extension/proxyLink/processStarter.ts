import { type Home, HomeError } from '../../protocol/home.ts';
import { AwakeClock } from './awakeClock.ts';
import type { Connection } from './connection.ts';
import { holderOf, identityOf } from './portHolder.ts';
import { type ProxyChild, spawnProxy } from './spawnProxy.ts';

/** Between two tries to reach a proxy that is starting, in milliseconds. */
const attachRetryMs = 30;
/**
 * A port holder that has not answered for this long, in milliseconds, is a foreign program. A proxy whose folder was
 * replaced takes two seconds to find that out.
 */
const foreignAfterMs = 3_500;
/** A process that has not answered for this long, in milliseconds, does not any more. */
const hungAfterMs = 15_000;

/** A process that holds the port and does not answer. */
interface HungProxy {
  readonly pid: number;
  readonly folder: string;
  readonly port: number;
  /** When it was first found out, of the awake clock. */
  readonly since: number;
  /** Whether it had proved to us that it is ours; of another one only a file says so. */
  readonly isProven: boolean;
}

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
 * that never answered, or one that holds the port and answers no more. What is not proven to be ours is never ended.
 */
export class ProcessStarter {
  readonly #script: string;
  /** The process that this window started last. */
  #child: ProxyChild | undefined;
  readonly #clock: AwakeClock;
  #hung: HungProxy | undefined;
  /** Whether the last connection was taken by somebody who said nothing. */
  #isSilent = false;

  /** @param script the bundled proxy */
  constructor(script: string, clock = new AwakeClock()) {
    this.#script = script;
    this.#clock = clock;
  }

  /**
   * Starts a process, unless one of ours is still starting, and connects to whichever process wins the port. Returns
   * why that did not work, or undefined when it has to be tried again or is no longer wanted.
   *
   * @throws HomeError when no process can work in the folder
   */
  async start(
    home: Home,
    port: number,
    attempt: StartAttempt,
  ): Promise<Connection | 'portTaken' | 'crashed' | undefined> {
    const { takesOver } = attempt;
    // What another start has seen says nothing about who holds the port now, unless that one had proved itself here.
    if (!this.#hung?.isProven || !isAt(this.#hung, home.folder, port)) this.#hung = undefined;
    const starting = this.#startingChild(home.folder, port);
    const child =
      starting?.takesOver === takesOver ? starting : spawnProxy(this.#script, home, port, takesOver);
    this.#child = child;
    const hangsAt = this.#clock.now() + hungAfterMs;
    let giveUpAt = Number.POSITIVE_INFINITY;
    while (attempt.isWanted()) {
      this.#isSilent = false;
      const connection = await attempt.connect();
      if (connection) return connection;
      if (child.end === 'crashed') return 'crashed';
      if (child.end === 'homeUnusable') throw new HomeError('unusable', home.folder);
      const now = this.#clock.now();
      if (!child.end && now > hangsAt) child.kill('SIGKILL');
      // Somebody holds the port: a proxy that has not opened its socket yet, one that hangs, or a foreign program.
      if (child.end === 'portTaken') giveUpAt = Math.min(giveUpAt, now + foreignAfterMs);
      if (now > giveUpAt) {
        if (!this.#hung) return 'portTaken';
        if (now > this.#hung.since + hungAfterMs) {
          const { pid, isProven } = this.#hung;
          this.#hung = undefined;
          // Another window may have ended it already, and a new process be there.
          if (!isProven && holderOf(home.folder, port) !== pid) return undefined;
          const identity = await identityOf(home.folder, pid);
          // What has proved itself may be gone by now, and its id another process's, or it is counted in another container.
          const isOurs = isProven ? identity !== 'other' : this.#isSilent && identity === 'proxy';
          if (!isOurs) return 'portTaken';
          kill(pid);
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

  /** Takes note that the proxy of a folder and port, which had answered us, did so no more. */
  stoppedAnswering(pid: number, folder: string, port: number): void {
    this.#hung = { pid, folder, port, since: this.#clock.now(), isProven: true };
  }

  /** Takes note that what listens where the proxy of a folder and port should took a connection and then said nothing. */
  metSilence(folder: string, port: number): void {
    this.#isSilent = true;
    const pid = holderOf(folder, port);
    // Another one than before may have begun to hang only now; one that nobody knows may be anything.
    if (pid === undefined || pid === this.#hung?.pid) return;
    this.#hung = { pid, folder, port, since: this.#clock.now(), isProven: false };
  }

  /** Ends the process that is starting, if there is one. */
  cancel(): void {
    if (!this.#child?.proven) this.#child?.kill();
  }

  /** Our process for a folder and port, if it may still become the proxy. */
  #startingChild(folder: string, port: number): ProxyChild | undefined {
    const child = this.#child;
    return child && !child.end && !child.proven && isAt(child, folder, port) ? child : undefined;
  }
}

const isAt = (process: { folder: string; port: number }, folder: string, port: number): boolean =>
  process.folder === folder && process.port === port;

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, which is as good.
  }
}
