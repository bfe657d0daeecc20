import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a condition holds, for things that send no event (a file, a port, another process).
 *
 * @param what the condition in words, for the error message
 * @param probe returns the awaited value, or `undefined` while it is not there yet; its exceptions end the wait
 * @param timeoutMs when to give up, in milliseconds
 * @param intervalMs pause between two looks, in milliseconds
 * @returns what the probe returned
 * @throws when the time is over
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 10_000,
  intervalMs = 50,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() >= end) throw new Error(`timed out after ${timeoutMs} ms: ${what}`);
    await sleep(intervalMs);
  }
}
