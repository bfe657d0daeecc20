import type { PanelCommand, PanelNotice } from '../../src/protocol/panel.ts';
import { element } from '../element.ts';

/** The sentences that say why there is little to see, or what stands in the way. */
export interface Notices {
  readonly root: HTMLElement;
  update(notices: readonly PanelNotice[]): void;
}

/** Makes the place for notices, empty. */
export function createNotices(run: (command: PanelCommand) => void): Notices {
  // A status region: it speaks when it changes. It can be focused from code only, see below.
  const root = element('div', { class: 'notices', role: 'status', tabindex: '-1' });
  let shown = '[]';
  return {
    root,
    update(notices) {
      const wanted = JSON.stringify(notices);
      if (wanted === shown) return;
      shown = wanted;
      const hadFocus = root.contains(document.activeElement);
      root.replaceChildren(...notices.map((notice) => noticeElement(notice, run)));
      // The button that was just pressed is gone: stay here instead of starting over at the top of the page.
      if (hadFocus) root.focus();
    },
  };
}

function noticeElement(
  { text, busy, action }: PanelNotice,
  run: (command: PanelCommand) => void,
): HTMLElement {
  const notice = element('div', { class: 'notice' });
  if (busy) notice.append(element('vscode-progress-ring', { 'aria-hidden': 'true' }));
  notice.append(element('p', {}, text));
  if (action) {
    const button = element('vscode-button', {}, action.label);
    button.addEventListener('click', () => run(action.command));
    notice.append(button);
  }
  return notice;
}
