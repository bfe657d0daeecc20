import type { PanelString } from '../src/protocol/panel.ts';
import type { Formats } from './format.ts';

/** All words and numbers of the page, in the user's language. */
export interface Texts {
  readonly strings: Readonly<Record<PanelString, string>>;
  readonly formats: Formats;
}

/** Puts values in the places `{0}`, `{1}` … of a text. */
export function fillIn(text: string, ...values: readonly string[]): string {
  return text.replace(/\{(\d)\}/g, (place, index: string) => values[Number(index)] ?? place);
}
