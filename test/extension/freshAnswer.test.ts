import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { FreshAnswer } from '../../src/extension/freshAnswer.ts';

/** Somebody who is asked and answers when the test says so. */
function asked() {
  const open: { resolve(answer: string | undefined): void; reject(error: Error): void }[] = [];
  const answers: string[] = [];
  const errors: unknown[] = [];
  let questions = 0;
  const fresh = new FreshAnswer<string>({
    ask: () => {
      questions += 1;
      return new Promise((resolve, reject) => open.push({ resolve, reject }));
    },
    answered: (answer) => answers.push(answer),
    failed: (error) => errors.push(error),
  });
  const end = async (how: (question: (typeof open)[number]) => void): Promise<void> => {
    const question = open.shift();
    assert.ok(question, 'nothing was asked');
    how(question);
    await turn();
  };
  return {
    fresh,
    answers,
    errors,
    questions: () => questions,
    answer: (text: string | undefined) => end(({ resolve }) => resolve(text)),
    fail: (error: Error) => end(({ reject }) => reject(error)),
  };
}

describe('an answer that is kept fresh', () => {
  it('is asked for once, however often the same is said', async () => {
    const { fresh, answers, questions, answer } = asked();
    fresh.update('1');
    fresh.update('1');
    await answer('one');
    fresh.update('1');
    assert.deepEqual([answers, questions()], [['one'], 1]);
  });

  it('is asked for again when something has changed', async () => {
    const { fresh, answers, answer } = asked();
    fresh.update('1');
    await answer('one');
    fresh.update('2');
    await answer('two');
    assert.deepEqual(answers, ['one', 'two']);
  });

  it('is asked for one question at a time, and then once for all that changed meanwhile', async () => {
    const { fresh, answers, questions, answer } = asked();
    for (const version of ['1', '2', '3']) fresh.update(version);
    assert.equal(questions(), 1);
    await answer('one');
    assert.equal(questions(), 2);
    await answer('three');
    assert.deepEqual([answers, questions()], [['one', 'three'], 2]);
  });

  it('is not asked for while nobody looks, and anew when somebody does again', async () => {
    const { fresh, answers, questions, answer } = asked();
    fresh.update(null);
    assert.equal(questions(), 0);
    fresh.update('1');
    await answer('one');
    fresh.update(null);
    fresh.update('1');
    await answer('one again');
    assert.deepEqual(answers, ['one', 'one again']);
  });

  it('is dropped when nobody looks any more, and asked for again when somebody does', async () => {
    const { fresh, answers, answer } = asked();
    fresh.update('1');
    fresh.update(null);
    await answer('late');
    assert.deepEqual(answers, []);
    fresh.update('1');
    await answer('one');
    assert.deepEqual(answers, ['one']);
  });

  it('is waited for where nobody could be asked, until something is said again', async () => {
    const { fresh, answers, questions, answer } = asked();
    fresh.update('1');
    await answer(undefined);
    assert.equal(questions(), 1);
    fresh.update('1');
    await answer('one');
    assert.deepEqual(answers, ['one']);
  });

  it('is asked for at once where nobody could be asked but something has changed since', async () => {
    const { fresh, answers, answer } = asked();
    fresh.update('1');
    fresh.update(null);
    fresh.update('2');
    await answer(undefined);
    await answer('two');
    assert.deepEqual(answers, ['two']);
  });

  it('survives a question that fails', async () => {
    const { fresh, answers, errors, answer, fail } = asked();
    const bug = new Error('bug');
    fresh.update('1');
    await fail(bug);
    assert.deepEqual(errors, [bug]);
    fresh.update('1');
    await answer('one');
    assert.deepEqual(answers, ['one']);
  });
});
