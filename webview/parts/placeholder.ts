import { element, setAttribute, setHidden, setText } from '../element.ts';
import type { Texts } from '../texts.ts';

/** Why there is nothing to see in a part of the page, or null when there is. */
export type Absence = 'loading' | 'unavailable' | 'empty' | null;

/** Stands where something is to be seen that is not there. */
export interface Placeholder {
  readonly root: HTMLElement;
  show(absence: Absence): void;
}

/** Makes a placeholder that shows nothing yet. @param empty says that there is nothing */
export function createPlaceholder({ strings }: Texts, empty: string): Placeholder {
  const root = element('p', { class: 'placeholder' });
  setHidden(root, true);
  const words = { loading: strings.loading, unavailable: strings.unavailable, empty };
  return {
    root,
    show(absence) {
      setHidden(root, absence === null);
      // What is being fetched appears after a moment, so that what comes at once does not flicker.
      setAttribute(root, 'data-absence', absence);
      setText(root, absence === null ? '' : words[absence]);
    },
  };
}

/** What keeps the list in an answer from being shown. @param answer undefined until it comes, null when none can come */
export function absenceOf<Answer>(
  answer: Answer | null | undefined,
  listOf: (answer: Answer) => readonly unknown[],
): Absence {
  if (answer === undefined) return 'loading';
  if (answer === null) return 'unavailable';
  return listOf(answer).length === 0 ? 'empty' : null;
}
