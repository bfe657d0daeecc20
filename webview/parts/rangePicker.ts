import { type PanelRange, panelRanges } from '../../src/protocol/panel.ts';
import { element } from '../element.ts';
import type { Texts } from '../texts.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** How long the ranges are, in milliseconds. */
export const rangeLengths: Readonly<Record<PanelRange, number>> = {
  '15m': 15 * minute,
  '1h': 60 * minute,
  '24h': day,
  '7d': 7 * day,
  '30d': 30 * day,
};

/** Makes the choice of how much of the past is shown: radio buttons, so that arrow keys move through it. */
export function createRangePicker(
  { strings, formats }: Texts,
  chosen: PanelRange,
  onChoose: (range: PanelRange) => void,
): HTMLElement {
  const options = panelRanges.map((range) => {
    const input = element('input', { type: 'radio', name: 'range', value: range });
    input.checked = range === chosen;
    input.addEventListener('change', () => onChoose(range));
    return element('label', {}, input, element('span', {}, formats.span(rangeLengths[range])));
  });
  return element(
    'fieldset',
    { class: 'ranges' },
    element('legend', { class: 'spoken' }, strings.range),
    ...options,
  );
}
