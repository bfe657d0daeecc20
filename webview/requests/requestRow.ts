import type { PanelRequest } from '../../src/protocol/panel.ts';
import { element, freshId, setAttribute, setHidden, setText } from '../element.ts';
import type { KeyedChild } from '../keyedChildren.ts';
import { type Column, column, createTableRow } from '../parts/dataTable.ts';
import type { Texts } from '../texts.ts';
import { type KnownStory, storyElement } from './requestStory.ts';

/** A request, and its story where that is open. */
export interface RequestEntry {
  readonly request: PanelRequest;
  /** Absent while it is closed. */
  readonly opened?: { readonly story: KnownStory };
}

/** The columns of the last requests; the first one opens and closes the story. */
export function requestColumns(
  { strings, formats }: Texts,
  onToggle: (requestId: string) => void,
): Column<RequestEntry>[] {
  const text = (title: string, show: (request: PanelRequest) => string) =>
    column<RequestEntry>('text', title, ({ request }) => show(request));
  const number = (title: string, show: (request: PanelRequest) => string) =>
    column<RequestEntry>('number', title, ({ request }) => show(request));
  return [
    {
      title: strings.time,
      kind: 'time',
      fill: (cell) => {
        const button = element('button', { type: 'button', class: 'opener', title: strings.openStory });
        let id = '';
        button.addEventListener('click', () => onToggle(id));
        cell.append(button);
        return ({ request, opened }) => {
          id = request.id;
          setText(button, formats.moment(request.at));
          setAttribute(button, 'aria-expanded', String(opened !== undefined));
        };
      },
    },
    column('model', strings.model, ({ request: { model } }) => model || strings.noModel),
    text(strings.endpoint, ({ endpoint }) => endpoint || formats.text(null)),
    {
      title: strings.outcome,
      kind: 'text',
      fill: (cell) => {
        const label = element('span', { class: 'toned' });
        const status = element('span', { class: 'note' });
        cell.append(label, ' ', status);
        return ({ request: { outcome, status: code } }) => {
          setAttribute(label, 'data-tone', outcome.tone);
          setText(label, outcome.label);
          setText(status, code === null ? '' : String(code));
        };
      },
    },
    number(strings.attempts, ({ attempts }) => formats.count(attempts)),
    number(strings.duration, ({ durationMs }) => formats.milliseconds(durationMs)),
    number(strings.input, ({ input }) => formats.count(input)),
    number(strings.output, ({ output }) => formats.count(output)),
    number(strings.cost, ({ cost }) => formats.dollars(cost)),
  ];
}

/** Makes the rows of a request, the second of which has its story. */
export function createRequestBody(
  columns: readonly Column<RequestEntry>[],
  texts: Texts,
): KeyedChild<RequestEntry> {
  const row = createTableRow(columns);
  const cell = element('td', { colspan: String(columns.length) });
  const storyRow = element('tr', { class: 'story', id: freshId() }, cell);
  row.root.querySelector('button')?.setAttribute('aria-controls', storyRow.id);
  let shown: KnownStory | 'closed' = 'closed';
  setHidden(storyRow, true);
  return {
    root: element('tbody', {}, row.root, storyRow),
    update(entry) {
      row.update(entry);
      const next = entry.opened ? entry.opened.story : 'closed';
      if (next === shown) return;
      shown = next;
      setHidden(storyRow, next === 'closed');
      cell.replaceChildren(...(next === 'closed' ? [] : [storyElement(next, texts)]));
    },
  };
}
