import { element, setAttribute } from '../element.ts';
import type { PageState } from '../pageState.ts';
import { fillIn, type Texts } from '../texts.ts';

/** A button that shows a part of the page as a table, and by which it is shown as a picture again. */
export interface TableToggle {
  readonly root: HTMLElement;
  isOn(): boolean;
}

/** Makes the button of the part with this id. @param title names the part for screen readers */
export function createTableToggle(
  id: string,
  title: string,
  { texts, state }: { readonly texts: Texts; readonly state: PageState },
  onDidToggle: () => void,
): TableToggle {
  const isOn = () => state.value.tables.includes(id);
  const label = fillIn(texts.strings.showAsTable, title);
  const root = element(
    'button',
    { type: 'button', class: 'toggle', 'aria-label': label },
    texts.strings.table,
  );
  const showState = () => setAttribute(root, 'aria-pressed', String(isOn()));
  showState();
  root.addEventListener('click', () => {
    state.mark('tables', id, !isOn());
    showState();
    onDidToggle();
  });
  return { root, isOn };
}
