import type { PanelEndpoint } from '../src/protocol/panel.ts';
import { element } from './element.ts';
import {
  columnTracks,
  createEndpointRow,
  createHeaderRow,
  type EndpointRow,
  type RowTexts,
} from './endpointRow.ts';

/** The table of endpoints. */
export interface EndpointGrid {
  readonly root: HTMLElement;
  update(endpoints: readonly PanelEndpoint[]): void;
}

/** Makes the table, hidden until there are endpoints. Arrow keys move between its cells, which the toolkit does. */
export function createEndpointGrid(texts: RowTexts): EndpointGrid {
  const header = createHeaderRow(texts.strings);
  const grid = element(
    'vscode-data-grid',
    { 'aria-label': texts.strings.endpoints, 'grid-template-columns': columnTracks },
    header,
  );
  const root = element('div', { class: 'table' }, grid);
  const rows = new Map<string, EndpointRow>();

  return {
    root,
    update(endpoints) {
      const focused = document.activeElement;
      const hadFocus = grid.contains(focused);
      removeOthers(rows, endpoints);
      let last = header;
      for (const endpoint of endpoints) {
        let row = rows.get(endpoint.id);
        if (!row) {
          row = createEndpointRow(texts);
          rows.set(endpoint.id, row);
        }
        // Only what is out of place moves, since moving takes the focus away.
        if (last.nextElementSibling !== row.root) last.after(row.root);
        row.update(endpoint);
        last = row.root;
      }
      root.hidden = endpoints.length === 0;
      if (hadFocus) keepFocus(grid, focused);
    },
  };
}

function removeOthers(rows: Map<string, EndpointRow>, endpoints: readonly PanelEndpoint[]): void {
  const wanted = new Set(endpoints.map((endpoint) => endpoint.id));
  for (const [id, row] of rows) {
    if (wanted.has(id)) continue;
    row.root.remove();
    rows.delete(id);
  }
}

function keepFocus(grid: HTMLElement, focused: Element | null): void {
  if (document.activeElement === focused) return;
  if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
  // The row is gone: the grid passes the focus on to the cell that is now in the same place, unless none is left.
  else grid.focus({ preventScroll: true });
}
