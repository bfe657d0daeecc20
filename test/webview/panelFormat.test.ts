import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFormats } from '../../webview/format.ts';
import { fillIn } from '../../webview/texts.ts';

const english = createFormats('en');

describe('the numbers of the panel', () => {
  it('are dashes where they are not known', () => {
    const { count, roughly, percent, milliseconds, dollars, moment, text } = english;
    for (const format of [count, roughly, percent, milliseconds, dollars, moment]) {
      assert.equal(format(null), '–');
    }
    assert.equal(text(null), '–');
  });

  it('have the unit in which they are short', () => {
    assert.deepEqual([0, 999, 1_234, 99_940, 123_456].map(english.milliseconds), [
      '0 ms',
      '999 ms',
      '1.2 sec',
      '99.9 sec',
      '123 sec',
    ]);
  });

  it('show parts of cents only where there is little else', () => {
    assert.deepEqual([0, 0.0012, 0.25, 1.2345, 1234.5].map(english.dollars), [
      '$0.00',
      '$0.0012',
      '$0.25',
      '$1.23',
      '$1,234.50',
    ]);
  });

  it('name steps and ranges as people do', () => {
    assert.deepEqual([15_000, 900_000, 3_600_000, 86_400_000, 604_800_000].map(english.span), [
      '15 sec',
      '15 min',
      '1 hr',
      '24 hr',
      '7 days',
    ]);
  });

  it('mark midnight and days by their date', () => {
    const midnight = new Date(2020, 0, 2).getTime();
    assert.equal(english.timeMark(midnight, 3_600_000), 'Jan 2');
    assert.equal(english.timeMark(midnight + 3_600_000, 86_400_000), 'Jan 2');
    assert.match(english.timeMark(midnight + 3_600_000, 3_600_000), /^1:00\sAM$/);
  });

  it('keep the date of a day in every time zone', () => {
    assert.equal(english.day('2020-01-02'), 'Jan 2, 2020');
    assert.equal(english.day('someday'), 'someday');
  });
});

describe('texts with places', () => {
  it('take any value as it is, also one that has places itself', () => {
    assert.equal(fillIn('{1} of {0}, {2}', '{1}', '$&'), '$& of {1}, {2}');
  });
});
