import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves with a number once it has stood still for half a second, for what ends in rest instead of an event. On a
 * slow machine it may look at rest too early, so a test may only claim that it is small.
 */
export async function settled(probe: () => number): Promise<number> {
  let last = probe();
  for (let unchanged = 0; unchanged < 10; ) {
    await sleep(50);
    const now = probe();
    unchanged = now === last ? unchanged + 1 : 0;
    last = now;
  }
  return last;
}
