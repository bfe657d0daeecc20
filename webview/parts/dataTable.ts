import { element, setHidden, setHiddenKeepingFocus, setText } from '../element.ts';
import { createKeyedChildren, type KeyedChild } from '../keyedChildren.ts';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** How wide and where its texts are. `name` and `time` are what rows are known by. */
  readonly kind: 'text' | 'model' | 'prose' | 'number' | 'name' | 'time';
  /** Fills an empty cell and returns what brings it up to date. */
  readonly fill: (cell: HTMLElement) => (row: Row) => void;
}

/** A column of plain texts. */
export function column<Row>(
  kind: Column<Row>['kind'],
  title: string,
  show: (row: Row) => string,
): Column<Row> {
  return { title, kind, fill: (cell) => (row) => setText(cell, show(row)) };
}

/** A table whose rows and cells stay the same elements for as long as what they show exists. */
export interface DataTable<Row> {
  readonly root: HTMLElement;
  update(rows: readonly Row[]): void;
}

/** What a table is made with. */
export interface DataTableOptions<Row> {
  /** What it is a table of, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** Makes a table body for each row, where there is more to a row than its cells. */
  readonly createBody?: () => KeyedChild<Row>;
}

/** Makes a table, hidden until it has rows. It scrolls within itself, also by keyboard. */
export function createDataTable<Row>(options: DataTableOptions<Row>): DataTable<Row> {
  const { label, columns, keyOf, createBody } = options;
  const titles = columns.map(({ title, kind }) => element('th', { scope: 'col', 'data-kind': kind }, title));
  const head = element('thead', {}, element('tr', {}, ...titles));
  const body = element('tbody');
  const table = element('table', { 'aria-label': label }, head);
  if (!createBody) table.append(body);
  const root = element(
    'div',
    { class: 'scroller', tabindex: '0', role: 'group', 'aria-label': label },
    table,
  );
  setHidden(root, true);
  const update = createBody
    ? createKeyedChildren(table, keyOf, createBody, head)
    : createKeyedChildren(body, keyOf, () => createTableRow(columns));
  return {
    root,
    update(rows) {
      update(rows);
      setHiddenKeepingFocus(root, rows.length === 0);
    },
  };
}

/** Makes a row without values; `update` has to follow. */
export function createTableRow<Row>(columns: readonly Column<Row>[]): KeyedChild<Row> {
  const cells = columns.map(({ kind, fill }) => {
    const cell =
      kind === 'name' || kind === 'time'
        ? element('th', { scope: 'row', 'data-kind': kind })
        : element('td', { 'data-kind': kind });
    return { cell, update: fill(cell) };
  });
  return {
    root: element('tr', {}, ...cells.map(({ cell }) => cell)),
    update(row) {
      for (const { update } of cells) update(row);
    },
  };
}
