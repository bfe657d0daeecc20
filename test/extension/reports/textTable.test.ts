import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { textFacts, textTable, widthOf } from '../../../src/extension/reports/textTable.ts';

interface Row {
  readonly name: string;
  readonly count: number;
}

const columns = [
  { title: 'Name', of: ({ name }: Row) => name },
  { title: 'Count', of: ({ count }: Row) => String(count), align: 'right' },
] as const;

describe('a table of text', () => {
  it('has straight columns, figures ending in the same place', () => {
    const rows = [
      { name: 'relay', count: 7 },
      { name: 'a', count: 12345678 },
    ];
    assert.deepEqual(textTable<Row>(columns, rows), [
      'Name      Count',
      '─────  ────────',
      'relay         7',
      'a      12345678',
    ]);
  });

  it('gives Chinese characters two places', () => {
    const rows = [
      { name: '中转站（一）', count: 1 },
      { name: 'relay', count: 2 },
    ];
    assert.deepEqual(textTable<Row>([{ ...columns[0], title: '端点' }, columns[1]], rows), [
      '端点          Count',
      '────────────  ─────',
      '中转站（一）      1',
      'relay             2',
    ]);
  });

  it('has one line for each row, whatever is in it', () => {
    const lines = textTable<Row>(columns, [{ name: ' two\nlines\tand more ', count: 1 }]);
    assert.equal(lines[2], 'two lines and more      1');
  });

  it('consists of a title and a rule where there is nothing', () => {
    assert.deepEqual(textTable<Row>(columns, []), ['Name  Count', '────  ─────']);
  });

  it('is as wide in every line as its rule, but for spaces at the end', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.record({ name, count: fc.nat() })), (rows) => {
        const [titles = '', rule = '', ...lines] = textTable<Row>(columns, rows);
        for (const line of [titles, ...lines]) assert.equal(widthOf(line), widthOf(rule));
      }),
    );
  });
});

describe('facts as text', () => {
  it('begin in one place', () => {
    const facts = [
      ['Score', '98'],
      ['评分', '98'],
      ['First content', '120 ms'],
    ] as const;
    assert.deepEqual(textFacts(facts), ['Score          98', '评分           98', 'First content  120 ms']);
  });
});

describe('the width of a text', () => {
  it('counts what stands on its own, and twice what is wide', () => {
    assert.deepEqual(['abc', '端点', 'ｑ', '한국', 'é', '🙂', ''].map(widthOf), [3, 4, 2, 4, 1, 2, 0]);
  });
});
