import type { PanelView } from '../../src/protocol/panel.ts';
import { element, setHidden, setText } from '../element.ts';
import type { Texts } from '../texts.ts';

/** The facts about the proxy as a whole, above everything else. */
export interface Summary {
  readonly root: HTMLElement;
  update(view: PanelView): void;
  /** Says that the address is in the clipboard. */
  confirmCopy(): void;
}

/** How long the confirmation of a copy stays, in milliseconds. */
const confirmationMs = 3_000;

/** Makes the summary, without values yet. */
export function createSummary({ strings, formats }: Texts, copyAddress: () => void): Summary {
  const profile = element('span', { class: 'value' });
  const address = element('code', { class: 'value' });
  const upSince = element('span', { class: 'value' });
  const inFlight = element('span', { class: 'value' });
  const waiting = element('span', { class: 'value' });
  const waitingNote = element('span', { class: 'note' });
  const rescued = element('span', { class: 'value' });

  const copy = element('vscode-button', { appearance: 'secondary' }, strings.copyAddress);
  copy.addEventListener('click', copyAddress);
  // Spoken because its text changes; the numbers around it are not, they would never stop talking.
  const confirmation = element('span', { class: 'confirmation', role: 'status' });
  let confirmationEnds: ReturnType<typeof setTimeout> | undefined;

  const root = element(
    'dl',
    { class: 'summary', 'aria-label': strings.summary },
    fact(strings.profile, profile),
    fact(strings.upSince, upSince),
    fact(strings.inFlight, inFlight),
    fact(strings.waiting, waiting, waitingNote),
    fact(strings.rescued, rescued),
    // Last, so that its confirmation pushes nothing aside.
    fact(strings.address, address, copy, confirmation),
  );

  return {
    root,
    update(view) {
      setText(profile, formats.text(view.profile));
      setText(address, formats.text(view.address));
      setHidden(copy, view.address === null);
      setText(upSince, formats.moment(view.startedAt));
      setText(inFlight, formats.count(view.inFlight));
      setText(waiting, formats.count(view.waiting?.count ?? null));
      setText(waitingNote, view.waiting?.note ?? '');
      setText(rescued, formats.count(view.rescued));
    },
    confirmCopy() {
      setText(confirmation, strings.addressCopied);
      clearTimeout(confirmationEnds);
      confirmationEnds = setTimeout(() => setText(confirmation, ''), confirmationMs);
    },
  };
}

function fact(label: string, ...values: HTMLElement[]): HTMLElement {
  return element('div', {}, element('dt', {}, label), element('dd', {}, ...values));
}
