import { type Home, HomeError } from '../../protocol/home.ts';
import type { Connection } from './connection.ts';
import type { LinkHost } from './linkHost.ts';

/** How long the proxy may take to move to the port that this window wants, in milliseconds. Then it does not. */
const moveLimitMs = 2_000;

/** Has the proxy follow the settings of this window, and leaves it where it does not. */
export class SettingsFollower {
  readonly #host: Pick<LinkHost, 'openHome' | 'port' | 'settings'>;
  #moveTimer: NodeJS.Timeout | undefined;

  constructor(host: Pick<LinkHost, 'openHome' | 'port' | 'settings'>) {
    this.#host = host;
  }

  /** Tells the proxy; ends it when it works in another folder, and leaves it when it does not move to the wanted port. */
  async tell(connection: Connection): Promise<void> {
    if (connection.folder !== this.#home()?.folder) {
      await connection.stop('restart');
      return;
    }
    clearTimeout(this.#moveTimer);
    this.#moveTimer = setTimeout(() => {
      // Another program holds that port, or another editor wants the proxy to stay.
      if (connection.port !== this.#host.port()) connection.close();
    }, moveLimitMs);
    await connection.setSettings(this.#host.settings());
  }

  /** There is no proxy to follow any more. */
  ended(): void {
    clearTimeout(this.#moveTimer);
  }

  #home(): Home | undefined {
    try {
      return this.#host.openHome();
    } catch (error) {
      // The next round says what is wrong with it.
      if (error instanceof HomeError) return undefined;
      throw error;
    }
  }
}
