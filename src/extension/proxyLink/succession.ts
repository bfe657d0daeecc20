import { compareVersions } from '../../core/versionOrder.ts';
import type { HelloResult } from '../../protocol/control.ts';

/** How long a window only looks for the successor of a proxy that retires, in milliseconds; then it starts one itself. */
const patienceMs = 3_000;

/**
 * Which proxy makes way for which. Only an older one does for a newer build, never one for its equal, so that the windows
 * of two builds do not replace each other's in turn; and each is tried once, so that one that stays is no loop.
 */
export class Succession {
  readonly #version: string;
  /** The process that did not make way. */
  #remaining: number | undefined;
  #expectedUntil = Number.NEGATIVE_INFINITY;

  /** @param version of the build that this window runs */
  constructor(version: string) {
    this.#version = version;
  }

  isOlder({ version }: HelloResult): boolean {
    return compareVersions(this.#version, version) > 0;
  }

  /** Whether a proxy is to make way for one of this build. */
  isDue(hello: HelloResult): boolean {
    return this.isOlder(hello) && hello.pid !== this.#remaining;
  }

  /** A proxy did not make way. */
  failed({ pid }: HelloResult): void {
    this.#remaining = pid;
  }

  /** The proxy that did not make way cannot be used either. */
  tryAgain(): void {
    this.#remaining = undefined;
  }

  /** A proxy retires, since its successor waits for the port. @param now milliseconds of the monotonic clock */
  announced(now: number): void {
    this.#expectedUntil = now + patienceMs;
  }

  /** Whether a successor that somebody else has started is about to listen. @param now see `announced` */
  isExpected(now: number): boolean {
    return now < this.#expectedUntil;
  }
}
