import type { PanelCommand, PanelView } from '../../src/protocol/panel.ts';
import { element, setAttribute, setText } from '../element.ts';
import { fillIn, type Texts } from '../texts.ts';

/** Makes the title of the page, with the version, its news and help. */
export function createHeader({ strings }: Texts, run: (command: PanelCommand) => void) {
  const version = element('span', { class: 'note' });
  const news = element('button', { type: 'button', class: 'link news' }, strings.whatsNew);
  const help = element('button', { type: 'button', class: 'link' }, strings.help);
  news.addEventListener('click', () => run('whatsNew'));
  help.addEventListener('click', () => run('help'));
  return {
    root: element('header', { class: 'page-header' }, element('h1', {}, strings.title), version, news, help),
    update(view: PanelView): void {
      setText(version, fillIn(strings.version, view.version));
      // The mark beside it is for the eyes only.
      setAttribute(news, 'data-unseen', view.hasNews ? '' : null);
      setAttribute(news, 'aria-label', view.hasNews ? `${strings.whatsNew} (${strings.notSeen})` : null);
    },
  };
}
