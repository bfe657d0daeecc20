/** What a cell holds; null for nothing. */
export type CsvValue = string | number | null;

/** Without it spreadsheet programs take UTF-8 for the code page of the system, in which Chinese is not legible. */
const byteOrderMark = '\ufeff';

/**
 * Rows as comma-separated values (RFC 4180).
 *
 * Texts that a spreadsheet program would calculate get an apostrophe in front, since names of models are whatever a client
 * makes of them (https://owasp.org/www-community/attacks/CSV_Injection).
 */
export function csvOf(titles: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  const lines = [titles, ...rows].map((cells) => `${cells.map(cellOf).join(',')}\r\n`);
  return byteOrderMark + lines.join('');
}

function cellOf(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const plain = value.replace(formulaAfterSeparator, "$&'");
  const text = beginsFormula.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The full-width forms count too where East Asian languages are written. */
const beginsFormula = /^[=+\-@＝＋－＠\t\r\n]/;
/** Where the comma is for decimals, cells are taken to end at semicolons, whatever quotes are around them. */
const formulaAfterSeparator = /; *(?=[=+\-@＝＋－＠])/g;
