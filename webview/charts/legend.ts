import { element, setAttribute, setText } from '../element.ts';
import type { Texts } from '../texts.ts';
import type { ChartKind, ChartLine } from './chartKinds.ts';
import { exactly } from './values.ts';

/** Names the lines of a chart, with their values at the crosshair. */
export interface Legend {
  readonly root: HTMLElement;
  /** Null where there is no crosshair. */
  show(values: readonly (number | null)[] | null): void;
}

/** What a legend does besides showing. */
export interface LegendActions {
  isVisible(line: ChartLine): boolean;
  /** The user takes a line out of the chart or puts it back. */
  toggle(line: ChartLine, isVisible: boolean): void;
}

/** Makes a legend. Where a chart has several lines, each name is a button that hides its line. */
export function createLegend(kind: ChartKind, { strings, formats }: Texts, actions: LegendActions): Legend {
  const write = exactly(kind.unit, formats);
  const entries = kind.lines.map((line) => {
    const value = element('span', { class: 'line-value' });
    const name = element('span', {}, strings[line.title]);
    if (kind.lines.length === 1) return { value, root: element('li', {}, sample(line), name, value) };
    const button = element('button', { type: 'button', class: 'line' }, sample(line), name);
    const showState = () => setAttribute(button, 'aria-pressed', String(actions.isVisible(line)));
    showState();
    button.addEventListener('click', () => {
      actions.toggle(line, !actions.isVisible(line));
      showState();
    });
    return { value, root: element('li', {}, button, value) };
  });
  return {
    root: element('ul', { class: 'legend' }, ...entries.map(({ root }) => root)),
    show(values) {
      for (const [index, { value }] of entries.entries()) {
        setText(value, values ? write(values[index] ?? null) : '');
      }
    },
  };
}

/** A piece of the line, as the chart draws it. */
function sample({ colour, dashes }: ChartLine): SVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('class', `sample ${colour}`);
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(namespace, 'line');
  for (const [name, value] of Object.entries({ x1: 0, y1: 5, x2: 22, y2: 5 })) {
    line.setAttribute(name, String(value));
  }
  if (dashes.length > 0) line.setAttribute('stroke-dasharray', dashes.join(' '));
  svg.append(line);
  return svg;
}
