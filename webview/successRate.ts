import type { PanelSums } from '../src/protocol/panel.ts';

/**
 * The share of whole answers, 0 to 1. Answers that broke off count against it, also those that were rescued; requests
 * that their client gave up do not count. Null when there was none.
 */
export function successRateOf({ served, rescued, failed }: PanelSums): number | null {
  const ended = served + rescued + failed;
  return ended === 0 ? null : served / ended;
}
