/** Who is killed. */
export const actors = [
  /** The process that holds the port. */
  'proxy',
  /** The process of a newer build that takes over from it. */
  'successor',
  /** The window that was opened first: it has started the proxy, or has tried to. */
  'firstWindow',
  'secondWindow',
  /** The first window together with the proxy: the other window knows what it was told so far. */
  'firstWindowAndProxy',
  /** The window of a newer build, which has started the successor. */
  'newerWindow',
  /** All windows at once, as when their editor crashes. */
  'windows',
  /** Windows and proxies at once. */
  'everything',
] as const;
export type Actor = (typeof actors)[number];

/** When. */
export const moments = [
  /** Windows and the first proxy come up. */
  'starting',
  /** All is well and nothing happens. */
  'serving',
  /** Answers are on their way. */
  'streaming',
  /** Both windows change the configuration without a break. */
  'editing',
  /** A newer build has been started and takes over. */
  'retiring',
  /** The proxy was told to end, by a window or by a signal. */
  'exiting',
] as const;
export type Moment = (typeof moments)[number];

/** How: at once; with a chance to end in order; or at once after it stood still for a moment. */
export const blows = ['SIGKILL', 'SIGTERM', 'frozen'] as const;
export type Blow = (typeof blows)[number];

export interface KillCell {
  readonly actor: Actor;
  readonly moment: Moment;
  readonly blow: Blow;
}

/** Whether the process that holds the port is among those who are killed. */
export function killsProxy(actor: Actor): boolean {
  return actor === 'proxy' || actor === 'firstWindowAndProxy' || actor === 'everything';
}

const isOfUpgrade = (actor: Actor): boolean => actor === 'successor' || actor === 'newerWindow';

/** Every actor at every moment that it is there, in every way. */
export const killCells: readonly KillCell[] = blows.flatMap((blow) =>
  moments.flatMap((moment) =>
    actors
      .filter((actor) => moment === 'retiring' || !isOfUpgrade(actor))
      .map((actor): KillCell => ({ actor, moment, blow })),
  ),
);
