import { waitFor } from './waitFor.ts';

const groups = new Set<number>();

/**
 * Ends a process group that was started with `detached: true` when this process ends, however it ends short of
 * SIGKILL.
 *
 * @param group process group id, which is the pid of the detached process
 */
export function endWithThisProcess(group: number): void {
  if (groups.size === 0) hook();
  groups.add(group);
}

/** Ends every process of a group and resolves when the last one is gone. */
export async function endGroup(group: number): Promise<void> {
  groups.delete(group);
  signal(group, 'SIGTERM');
  try {
    await waitFor(`process group ${group} ends`, () => !signal(group, 0) || undefined, 3000, 20);
  } catch {
    signal(group, 'SIGKILL');
    await waitFor(`process group ${group} is killed`, () => !signal(group, 0) || undefined);
  }
}

/** Sends a signal to a group; false when nobody is left in it. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}

let hooked = false;

function hook(): void {
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const group of groups) signal(group, 'SIGKILL');
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // A program with a handler of its own ends in its own order.
      if (process.listenerCount(name) === 1) process.exit(1);
    });
  }
}
