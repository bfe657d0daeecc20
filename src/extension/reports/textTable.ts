/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string;
  /** Figures are easier to compare when they end in the same place. */
  readonly align?: 'right';
}

/** What lies between two columns. */
const gap = '  ';

/**
 * A table as lines of text whose columns are straight in a font of fixed width, Chinese characters taking two places.
 *
 * @param rows each becomes a line below the titles and a rule
 */
export function textTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ of }) => oneLine(of(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => widthOf(cells[index] ?? ''))));
  const [titles = '', ...others] = lines.map((cells) =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
      .join(gap)
      .trimEnd(),
  );
  return [titles, widths.map((width) => '─'.repeat(width)).join(gap), ...others];
}

/** Lines of a name and what there is to say, the latter all beginning in one place. */
export function textFacts(facts: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(0, ...facts.map(([name]) => widthOf(name)));
  return facts.map(([name, value]) => `${pad(name, width)}${gap}${oneLine(value)}`);
}

/** How many places of a font of fixed width a text takes (Unicode Standard Annex 11, in the main). */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += isWide.test(character) ? 2 : isWithoutWidth.test(character) ? 0 : 1;
  return width;
}

const isWithoutWidth = /^[\p{M}\p{Cf}]$/u;
const isWide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}\u{20000}-\u{3fffd}]$/u;

function pad(text: string, width: number, align?: 'right'): string {
  const space = ' '.repeat(width - widthOf(text));
  return align === 'right' ? space + text : text + space;
}

/** Names are a user's or an endpoint's, and may hold anything. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
