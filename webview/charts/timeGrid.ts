import type { PanelHistory, PanelSums } from '../../src/protocol/panel.ts';

/** Every step of a stretch of time, and what happened in it. */
export interface TimeGrid {
  /** Milliseconds since 1970, ascending, evenly spaced wherever the points allow it. */
  readonly times: readonly number[];
  /** Undefined where nothing happened. */
  readonly sums: readonly (PanelSums | undefined)[];
}

/** A range has at most 400 steps; beyond this many, the empty ones would only take time. */
const maxSteps = 2_000;

/**
 * Puts the steps back in which nothing happened, so that a line goes down to nothing there, or has a gap, instead of
 * leading straight on to the next point.
 */
export function timeGridOf({ from, to, stepMs, points }: PanelHistory): TimeGrid {
  const isFilled = (to - from) / stepMs <= maxSteps;
  const times: number[] = [];
  const sums: (PanelSums | undefined)[] = [];
  const add = (at: number, point?: PanelSums) => {
    times.push(at);
    sums.push(point);
  };
  const addEmpty = (start: number, end: number) => {
    if (!isFilled) return;
    for (let at = start; at <= end; at += stepMs) add(at);
  };
  const [first] = points;
  if (!first) return { times, sums };
  // The first step may have begun before the range did.
  addEmpty(first.at - Math.floor((first.at - from) / stepMs) * stepMs, first.at - 1);
  let last = -Infinity;
  for (const point of points) {
    // Days are not all equally long where clocks are changed: half a step is left as a margin.
    if (last !== -Infinity) addEmpty(last + stepMs, point.at - stepMs / 2);
    add(point.at, point);
    last = point.at;
  }
  addEmpty(last + stepMs, to - 1);
  return { times, sums };
}

/** The index of the step that is closest to a point in time, or null when there is none. */
export function nearestStep(times: readonly number[], at: number): number | null {
  let nearest: number | null = null;
  let distance = Infinity;
  for (const [index, time] of times.entries()) {
    if (Math.abs(time - at) >= distance) break;
    distance = Math.abs(time - at);
    nearest = index;
  }
  return nearest;
}
