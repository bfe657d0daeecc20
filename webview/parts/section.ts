import type { PanelExportFormat, PanelTable } from '../../src/protocol/panel.ts';
import { element, freshId, setAttribute, setText } from '../element.ts';
import { fillIn, type Texts } from '../texts.ts';

/** What a section needs of its surroundings. */
export interface SectionContext {
  readonly texts: Texts;
  readonly exportTable: (table: PanelTable, format: PanelExportFormat) => void;
}

/** A part of the page with a title, and with buttons that save what it shows. */
export interface Section {
  readonly root: HTMLElement;
  /** Beside the title, for what else belongs there. */
  readonly actions: HTMLElement;
  setNote(text: string): void;
  /** Whether there is anything to save. */
  setExportable(isExportable: boolean): void;
}

/** Makes a section without content. */
export function createSection(
  title: string,
  { texts, exportTable }: SectionContext,
  table?: PanelTable,
): Section {
  const heading = element('h2', { id: freshId() }, title);
  const note = element('span', { class: 'note' });
  const actions = element('div', { class: 'actions' });
  const buttons = (table ? (['csv', 'json'] as const) : []).map((format) => {
    const name = format.toUpperCase();
    const label = fillIn(texts.strings.exportAs, title, name);
    const button = element(
      'button',
      { type: 'button', class: 'link', 'aria-label': label, title: label },
      name,
    );
    button.addEventListener('click', () => {
      if (table && isExportable) exportTable(table, format);
    });
    return button;
  });
  let isExportable = false;
  const header = element('header', {}, heading, note, actions, ...buttons);
  return {
    root: element('section', { 'aria-labelledby': heading.id }, header),
    actions,
    setNote: (text) => setText(note, text),
    setExportable(next) {
      isExportable = next;
      // A button that is really disabled would lose the focus in passing.
      for (const button of buttons) setAttribute(button, 'aria-disabled', String(!next));
    },
  };
}
