import type { PanelEndpoint, PanelString } from '../src/protocol/panel.ts';
import { element, setText } from './element.ts';
import type { Formats } from './format.ts';

/** What a row is made with. */
export interface RowTexts {
  readonly strings: Record<PanelString, string>;
  readonly formats: Formats;
}

/** One row of the table. Its cells stay the same elements for as long as the endpoint exists. */
export interface EndpointRow {
  readonly root: HTMLElement;
  update(endpoint: PanelEndpoint): void;
}

interface Column {
  readonly title: PanelString;
  /** Its share of the width, as a CSS grid track. */
  readonly track: string;
  readonly kind: 'text' | 'number';
  /** Fills an empty cell and returns what brings it up to date. */
  readonly fill: (cell: HTMLElement, texts: RowTexts) => (endpoint: PanelEndpoint) => void;
}

const number = (
  title: PanelString,
  track: string,
  show: (endpoint: PanelEndpoint, formats: Formats) => string,
): Column => ({
  title,
  track,
  kind: 'number',
  fill:
    (cell, { formats }) =>
    (endpoint) =>
      setText(cell, show(endpoint, formats)),
});

const columns: readonly Column[] = [
  {
    title: 'endpoint',
    track: 'minmax(10rem, 2fr)',
    kind: 'text',
    fill: (cell) => {
      const [name, host] = [element('div', { class: 'name' }), element('div', { class: 'detail' })];
      cell.append(name, host);
      return (endpoint) => {
        setText(name, endpoint.name);
        setText(host, endpoint.host);
      };
    },
  },
  {
    title: 'profile',
    track: 'minmax(7rem, 1fr)',
    kind: 'text',
    fill: (cell, { strings }) => {
      const [name, use] = [element('div'), element('div', { class: 'detail' })];
      cell.append(name, use);
      return (endpoint) => {
        setText(name, endpoint.profile);
        setText(use, endpoint.active ? strings.inUse : '');
      };
    },
  },
  {
    title: 'state',
    track: 'minmax(11rem, 1.5fr)',
    kind: 'text',
    fill: (cell) => {
      const [label, details] = [
        element('span', { class: 'state' }),
        element('div', { class: 'detail lines' }),
      ];
      cell.append(label, details);
      return ({ state }) => {
        label.dataset.state = state.code;
        setText(label, state.label);
        setText(details, state.details.join('\n'));
      };
    },
  },
  {
    title: 'lastFailure',
    track: 'minmax(9.5rem, 2fr)',
    kind: 'text',
    fill: (cell, { formats }) => {
      const [text, at] = [element('div'), element('div', { class: 'detail' })];
      cell.append(text, at);
      return ({ failure }) => {
        setText(text, formats.text(failure?.text ?? null));
        setText(at, failure ? formats.moment(failure.at) : '');
      };
    },
  },
  number('inFlight', 'minmax(5.75rem, 0.6fr)', (endpoint, { count }) => count(endpoint.inFlight)),
  number('requests', 'minmax(5.75rem, 0.6fr)', (endpoint, { count }) => count(endpoint.requests)),
  number('failures', 'minmax(5.75rem, 0.6fr)', (endpoint, { count }) => count(endpoint.failures)),
  number('successRate', 'minmax(5.75rem, 0.6fr)', (endpoint, { percent }) => percent(endpoint.successRate)),
  number('firstByte', 'minmax(5.75rem, 0.6fr)', (endpoint, { milliseconds }) =>
    milliseconds(endpoint.firstByteMs),
  ),
  number('lastServed', 'minmax(7.5rem, 1fr)', (endpoint, { moment }) => moment(endpoint.servedAt)),
];

/** The columns' widths, as `grid-template-columns`. */
export const columnTracks = columns.map((column) => column.track).join(' ');

/** Makes the row of column titles. */
export function createHeaderRow(strings: Record<PanelString, string>): HTMLElement {
  const cells = columns.map((column, index) =>
    element('vscode-data-grid-cell', cellAttributes('columnheader', column, index), strings[column.title]),
  );
  return element('vscode-data-grid-row', { 'row-type': 'header' }, ...cells);
}

/** Makes a row without values; `update` has to follow. */
export function createEndpointRow(texts: RowTexts): EndpointRow {
  const cells = columns.map((column, index) => {
    const cell = element(
      'vscode-data-grid-cell',
      cellAttributes(index === 0 ? 'rowheader' : 'default', column, index),
    );
    return { cell, update: column.fill(cell, texts) };
  });
  return {
    root: element('vscode-data-grid-row', {}, ...cells.map(({ cell }) => cell)),
    update(endpoint) {
      for (const { update } of cells) update(endpoint);
    },
  };
}

function cellAttributes(type: string, { kind }: Column, index: number): Record<string, string> {
  return { 'cell-type': type, 'grid-column': String(index + 1), 'data-kind': kind };
}
