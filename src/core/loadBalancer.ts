import { type Balanced, isSome } from './balancers/balanced.ts';
import { leastLoaded } from './balancers/leastConnections.ts';
import { foremost } from './balancers/priority.ts';
import { drawByWeight } from './balancers/random.ts';
import { quickerOfTwo } from './balancers/responseTime.ts';
import { RoundRobin } from './balancers/roundRobin.ts';
import { SmoothWeighted } from './balancers/smoothWeighted.ts';
import type { Strategy } from './configuration.ts';

export type { Balanced } from './balancers/balanced.ts';

/** Spreads the requests of one profile over its endpoints. */
export class LoadBalancer {
  readonly #smoothWeighted = new SmoothWeighted();
  readonly #roundRobin = new RoundRobin();

  /**
   * Chooses one; what it is given may differ from call to call.
   *
   * @param random in [0, 1)
   * @throws RangeError when there is nothing to choose from
   */
  pick<T extends Balanced>(strategy: Strategy, among: readonly T[], random: () => number): T {
    if (!isSome(among)) throw new RangeError('nothing to choose from');
    switch (strategy) {
      case 'weighted':
        return this.#smoothWeighted.pick(among);
      case 'leastConnections':
        return this.#smoothWeighted.pick(leastLoaded(among));
      case 'responseTime':
        return quickerOfTwo(among, random);
      case 'priority':
        return this.#smoothWeighted.pick(foremost(among));
      case 'roundRobin':
        return this.#roundRobin.pick(among);
      case 'random':
        return drawByWeight(among, random);
    }
  }

  /** Lets go of what is remembered of endpoints that are gone. @param ids of those that there are */
  retain(ids: ReadonlySet<string>): void {
    this.#smoothWeighted.retain(ids);
    this.#roundRobin.retain(ids);
  }
}
