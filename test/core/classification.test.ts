import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ClassificationRow, classification, classify } from '../../src/core/classification.ts';
import { readErrorAnswer } from '../../src/core/errorAnswer.ts';
import { classificationWitnesses } from '../support/classificationWitnesses.ts';

for (const { verdict, faults } of classificationWitnesses) {
  for (const [name, fault] of Object.entries(faults)) {
    test(`${verdict.row}: ${name}`, () => {
      assert.deepEqual(classify(fault), verdict);
    });
  }
}

test('every row of the table is specified here, and has a name of its own', () => {
  const rows = classification.map(({ row }) => row);
  assert.deepEqual(new Set(classificationWitnesses.map(({ verdict }) => verdict.row)), new Set(rows));
  assert.equal(new Set(rows).size, rows.length);
});

test('only the last row takes everything', () => {
  const unconditional = classification.filter(({ when }) => Object.keys(when).length === 0);
  assert.deepEqual(unconditional, classification.slice(-1));
});

test('there is a verdict on every answer', () => {
  const body = fc.oneof(fc.constant(''), fc.string(), fc.json());
  const wait = fc.option(fc.nat(), { nil: undefined });
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), body, wait, (status, text, retryAfterMs) => {
      const answer = readErrorAnswer(status, undefined, text, retryAfterMs);
      const { row } = classify({ kind: 'answer', answer });
      assert.ok(classification.some((candidate) => candidate.row === row));
    }),
  );
});

test('words decide about no status but 400', () => {
  const status = fc.integer({ min: 401, max: 599 });
  const faults = classificationWitnesses.flatMap((witnesses) => Object.values(witnesses.faults));
  const messages = faults.flatMap((fault) => (fault.kind === 'answer' ? (fault.answer.message ?? []) : []));
  fc.assert(
    fc.property(status, fc.constantFrom(...messages), (other, message) => {
      const answer = { status: other, form: 'json' } as const;
      assert.deepEqual(
        classify({ kind: 'answer', answer: { ...answer, message } }),
        classify({ kind: 'answer', answer }),
      );
    }),
  );
});

test('a table that does not cover everything is a bug', () => {
  assert.throws(() => classify({ kind: 'transport', failure: 'slow' }, []), /no row/);
});

/** The witnesses see a change of the table when a verdict differs, or when there is none any more. */
function isSeen(rows: readonly ClassificationRow[]): boolean {
  return classificationWitnesses.some(({ verdict, faults }) =>
    Object.values(faults).some((fault) => {
      try {
        assert.deepEqual(classify(fault, rows), verdict);
        return false;
      } catch {
        return true;
      }
    }),
  );
}

/** The values that a field has anywhere in the table, without the given one. */
function otherValues(field: keyof ClassificationRow, value: unknown): unknown[] {
  return [...new Set(classification.map((row) => row[field]))].filter((other) => other !== value);
}

/** The entries of a condition with one thing changed: a list without one entry, or a range off by one. */
function* changedEntries(value: unknown): Generator<unknown> {
  if (!Array.isArray(value)) return;
  for (const [i, entry] of value.entries()) {
    yield value.toSpliced(i, 1);
    if (!Array.isArray(entry)) continue;
    for (const [from, to] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      yield value.toSpliced(i, 1, [entry[0] + from, entry[1] + to]);
    }
  }
}

test('the witnesses see the table as it is', () => {
  assert.equal(isSeen(classification), false);
});

for (const [i, row] of classification.entries()) {
  const table = (changed: object) =>
    classification.toSpliced(i, 1, { ...row, ...changed } as ClassificationRow);

  test(`the witnesses see it when the row ${row.row} is missing`, () => {
    assert.ok(isSeen(classification.toSpliced(i, 1)));
  });

  test(`the witnesses see it when a field of the row ${row.row} changes`, () => {
    for (const field of ['row', 'class', 'next', 'effect', 'processed', 'last'] as const) {
      const others = otherValues(field, row[field]);
      assert.ok(others.length > 0, field);
      for (const other of others) assert.ok(isSeen(table({ [field]: other })), `${field}: ${other}`);
    }
  });

  test(`the witnesses see it when the condition of the row ${row.row} changes`, () => {
    const changes = Object.entries(row.when).flatMap(([key, value]) => {
      const { [key as keyof typeof row.when]: _, ...others } = row.when;
      return [others, ...[...changedEntries(value)].map((entries) => ({ ...row.when, [key]: entries }))];
    });
    for (const when of changes) assert.ok(isSeen(table({ when })), JSON.stringify(when));
    assert.ok(changes.length > 0 || row === classification.at(-1));
  });
}
