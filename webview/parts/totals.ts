import type { PanelHistory } from '../../src/protocol/panel.ts';
import { element, setAttribute, setText } from '../element.ts';
import type { Formats } from '../format.ts';
import { successRateOf } from '../successRate.ts';
import { fillIn, type Texts } from '../texts.ts';

type Totals = PanelHistory['totals'];
type Title =
  | 'requests'
  | 'successRate'
  | 'firstContentP50'
  | 'firstContentP95'
  | 'input'
  | 'output'
  | 'cacheRead'
  | 'cacheWrite'
  | 'cost'
  | 'retries'
  | 'rescuedTurns';

const figures: readonly (readonly [Title, (totals: Totals, formats: Formats) => string])[] = [
  ['requests', ({ requests }, { count }) => count(requests)],
  ['successRate', (totals, { percent }) => percent(successRateOf(totals))],
  ['firstContentP50', ({ firstContentP50Ms }, { milliseconds }) => milliseconds(firstContentP50Ms)],
  ['firstContentP95', ({ firstContentP95Ms }, { milliseconds }) => milliseconds(firstContentP95Ms)],
  ['input', ({ input }, { roughly }) => roughly(input)],
  ['output', ({ output }, { roughly }) => roughly(output)],
  ['cacheRead', ({ cacheRead }, { roughly }) => roughly(cacheRead)],
  ['cacheWrite', ({ cacheWrite }, { roughly }) => roughly(cacheWrite)],
  ['cost', ({ cost }, { dollars }) => dollars(cost)],
  ['retries', ({ retries }, { count }) => count(retries)],
  ['rescuedTurns', ({ rescued }, { count }) => count(rescued)],
];

/** Makes the sums over the range, dashes at first. */
export function createTotals({ strings, formats }: Texts) {
  const unpriced = element('dd', { class: 'note' });
  const tiles = figures.map(([title, show]) => {
    const value = element('dd', { class: 'value' });
    const tile = element('div', {}, element('dt', {}, strings[title]), value);
    if (title === 'cost') tile.append(unpriced);
    return {
      tile,
      update: (totals: Totals | undefined) => setText(value, totals ? show(totals, formats) : '–'),
    };
  });
  const root = element(
    'dl',
    { class: 'totals', 'aria-label': strings.totals },
    ...tiles.map(({ tile }) => tile),
  );
  return {
    root,
    update(history: PanelHistory | null | undefined): void {
      const totals = history?.totals;
      for (const { update } of tiles) update(totals);
      const isPartial = totals !== undefined && totals.unpricedTokens > 0;
      setText(unpriced, isPartial ? fillIn(strings.unpriced, formats.roughly(totals.unpricedTokens)) : '');
      setAttribute(root, 'data-absence', history === undefined ? 'loading' : null);
    },
  };
}
