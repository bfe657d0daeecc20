import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { csvOf } from '../../src/extension/views/panel/csv.ts';

/** Reads what RFC 4180 describes, on its own terms. */
function read(csv: string): string[][] {
  assert.equal(csv[0], '\ufeff', 'it begins with a byte order mark');
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  cell.lastIndex = 1;
  while (cell.lastIndex < csv.length) {
    const [, quoted, plain, end] = cell.exec(csv) ?? assert.fail(`not CSV: ${csv}`);
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

describe('comma-separated values', () => {
  it('are rows of cells, the titles first', () => {
    assert.equal(csvOf(['Name', 'Count'], [['relay', 7]]), '\ufeffName,Count\r\nrelay,7\r\n');
  });

  it('put what would end a cell into quotes', () => {
    assert.deepEqual(read(csvOf(['a'], [['one, "two"\r\nthree']])), [['a'], ['one, "two"\r\nthree']]);
  });

  it('leave a cell empty where there is nothing', () => {
    assert.equal(csvOf(['a', 'b'], [[null, 0]]), '\ufeffa,b\r\n,0\r\n');
  });

  it('keep those from it too that take a semicolon for the end of a cell', () => {
    assert.deepEqual(read(csvOf([], [["a;=1|'x'!A0; -2;b-c;=3"]]))[1], ["a;'=1|'x'!A0; '-2;b-c;'=3"]);
  });

  it('keep spreadsheet programs from calculating what a name says', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1+1', '－1']) {
      assert.deepEqual(read(csvOf([], [[text]]))[1], [`'${text}`]);
    }
  });

  it('leave numbers as they are, so that they can be calculated with', () => {
    assert.deepEqual(read(csvOf([], [[-1, 0.000_25, 1e21]]))[1], ['-1', '0.00025', '1e+21']);
  });

  it('say the same when they are read, whatever the cells hold', () => {
    const rows = fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 2 }));
    fc.assert(
      fc.property(rows, (cells) => {
        const expected = cells.map((row) =>
          row.map((text) => (/^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text)),
        );
        assert.deepEqual(read(csvOf(['a', 'b'], cells)), [['a', 'b'], ...expected]);
      }),
    );
  });
});
