import { type Home, HomeError, hasSecrets, openHome } from '../protocol/home.ts';
import { errorCodeOf } from './errorCode.ts';
import type { Log } from './log.ts';

/** How often the folder is looked at, in milliseconds: anything that cleans up can delete or replace it. */
const lookIntervalMs = 2_000;
/** How many tokens stay good that have been replaced. */
const maxFormerTokens = 8;

export interface HomeKeeperOptions {
  readonly home: Home;
  readonly log: Log['write'];
  /** What else was in the folder is most likely lost, too. */
  readonly madeAnew: () => void;
  /** There is another token now, or another install secret; what else was in the folder is lost as well. */
  readonly replaced: () => void;
}

/**
 * Keeps the folder and its secrets as long as the process lives. What is lost is made again as it was, so that terminals,
 * which keep the token that they were started with, go on working. What a window has made meanwhile is what holds from then
 * on, since windows can know nothing else.
 */
export class HomeKeeper {
  readonly #options: HomeKeeperOptions;
  #home: Home;
  #formerTokens: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #hasFailed = false;

  constructor(options: HomeKeeperOptions) {
    this.#options = options;
    this.#home = options.home;
  }

  /** The folder with the secrets that hold now. */
  get home(): Home {
    return this.#home;
  }

  /** What else opens the front door: terminals were started with it. */
  get formerTokens(): readonly string[] {
    return this.#formerTokens;
  }

  /** Looks after the folder from now on. @param andThen is done after each look: what lives in the folder needs it first */
  start(andThen: () => void): void {
    this.#timer = setInterval(() => {
      this.#look();
      andThen();
    }, lookIntervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { log, madeAnew, replaced } = this.#options;
    const before = this.#home;
    const isLost = !hasSecrets(before.folder);
    try {
      this.#home = openHome(before.folder, before);
    } catch (error) {
      // Read-only, full or out of reach, or somebody else's now: what is in memory is as good, and it is said once.
      if (!this.#hasFailed) log({ level: 'warn', event: 'homeNotKept', code: codeOf(error) });
      this.#hasFailed = true;
      return;
    }
    this.#hasFailed = false;
    const { token, installSecret } = this.#home;
    if (token === before.token && installSecret.equals(before.installSecret)) {
      if (isLost) madeAnew();
      return;
    }
    if (token !== before.token) {
      const others = this.#formerTokens.filter((former) => former !== token && former !== before.token);
      this.#formerTokens = [before.token, ...others].slice(0, maxFormerTokens);
    }
    log({ level: 'warn', event: 'homeReplaced' });
    replaced();
  }
}

/** What the system said, or what is wrong with the folder where it had nothing to say. */
function codeOf(error: unknown): string {
  if (!(error instanceof HomeError)) return errorCodeOf(error);
  return error.cause === undefined ? error.problem : errorCodeOf(error.cause);
}
