import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StandingQuestion } from '../../src/extension/views/panel/standingQuestion.ts';
import { VirtualClock } from '../support/virtualClock.ts';

interface Question {
  readonly about: string;
}

const pauseMs = 2_000;
const freshMs = 15_000;

/** A question with somebody to answer it, at times that the test chooses. */
class Asked {
  readonly clock = new VirtualClock();
  /** What was asked so far. */
  readonly asked: string[] = [];
  /** What was shown so far. */
  readonly shown: string[] = [];
  readonly failures: unknown[] = [];
  fresh: number | null = freshMs;
  /** How the next questions are answered; by default with their number, at once. */
  answer: () => Promise<string | undefined> = async () => String(this.asked.length);
  readonly question = new StandingQuestion<Question, string>({
    ask: ({ about }) => {
      this.asked.push(about);
      return this.answer();
    },
    answered: ({ about }, answer) => this.shown.push(`${about} ${answer}`),
    failed: (error) => this.failures.push(error),
    pauseMs: () => pauseMs,
    freshMs: () => this.fresh,
    now: () => this.clock.now,
    setTimer: this.clock.setTimer,
  });
}

/** An answer that comes when the test says so. */
function later(): { readonly promise: Promise<string>; readonly resolve: (answer: string) => void } {
  let resolve: (answer: string) => void = () => undefined;
  const promise = new Promise<string>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve };
}

describe('a question that holds', () => {
  it('is answered at once', async () => {
    const it = new Asked();
    it.question.ask({ about: 'a' });
    await it.clock.advance(0);
    assert.deepEqual(it.shown, ['a 1']);
  });

  it('is answered again soon after something has happened', async () => {
    const it = new Asked();
    it.question.ask({ about: 'a' });
    await it.clock.advance(pauseMs);
    it.question.changed();
    await it.clock.advance(299);
    assert.deepEqual(it.shown, ['a 1'], 'what has happened may not be written down yet');
    await it.clock.advance(1);
    assert.deepEqual(it.shown, ['a 1', 'a 2']);
  });

  it('is answered no more often than is worth it, and for the last time after the last thing that happened', async () => {
    const it = new Asked();
    it.question.ask({ about: 'a' });
    for (let i = 0; i < 40; i += 1) {
      await it.clock.advance(250);
      it.question.changed();
    }
    assert.equal(it.shown.length, 6);
    await it.clock.advance(pauseMs);
    assert.equal(it.shown.length, 7);
    await it.clock.advance(pauseMs * 2);
    assert.equal(it.shown.length, 7);
  });

  it('is answered again when the answer is another one by time alone', async () => {
    const it = new Asked();
    it.question.ask({ about: 'a' });
    await it.clock.advance(freshMs * 3);
    assert.equal(it.shown.length, 4);
  });

  it('is not answered again while nothing happens and time changes nothing', async () => {
    const it = new Asked();
    it.fresh = null;
    it.question.ask({ about: 'a' });
    await it.clock.advance(freshMs * 100);
    assert.deepEqual(it.shown, ['a 1']);
    assert.equal(it.clock.timers, 0);
  });

  it('waits for its answer before it is asked again', async () => {
    const it = new Asked();
    it.fresh = null;
    const { promise, resolve } = later();
    it.answer = () => promise;
    it.question.ask({ about: 'a' });
    it.question.changed();
    await it.clock.advance(10_000);
    assert.deepEqual(it.asked, ['a']);
    resolve('late');
    it.answer = async () => 'new';
    await it.clock.advance(0);
    assert.deepEqual(it.shown, ['a late']);
    await it.clock.advance(4 * 10_000 - 1);
    assert.deepEqual(it.asked, ['a'], 'what answers so slowly is given four times as long a rest');
    await it.clock.advance(1);
    assert.deepEqual(it.shown, ['a late', 'a new']);
  });

  it('gives way to a newer one, whose answer alone is shown', async () => {
    const it = new Asked();
    const { promise, resolve } = later();
    it.answer = () => promise;
    it.question.ask({ about: 'a' });
    it.question.ask({ about: 'b' });
    it.question.ask({ about: 'c' });
    it.answer = async () => 'answer';
    resolve('stale');
    await it.clock.advance(0);
    assert.deepEqual(it.asked, ['a', 'c']);
    assert.deepEqual(it.shown, ['c answer']);
  });

  it('gives way to a newer one in the pause after its answer too', async () => {
    const it = new Asked();
    it.question.ask({ about: 'a' });
    await it.clock.advance(1);
    it.question.changed();
    it.question.ask({ about: 'b' });
    await it.clock.advance(0);
    assert.deepEqual(it.shown, ['a 1', 'b 2']);
  });

  it('has no answer while nobody is there, and one as soon as somebody comes', async () => {
    const it = new Asked();
    it.answer = async () => undefined;
    it.question.ask({ about: 'a' });
    await it.clock.advance(freshMs * 10);
    assert.deepEqual(it.shown, ['a null']);
    it.question.ask({ about: 'a' });
    await it.clock.advance(0);
    it.shown.pop();
    it.answer = async () => 'there';
    it.question.changed();
    await it.clock.advance(300);
    assert.deepEqual(it.shown, ['a null', 'a there']);
  });

  it('has no answer when asking fails, and is asked again later', async () => {
    const it = new Asked();
    const error = new Error('the disk is full');
    it.answer = () => Promise.reject(error);
    it.question.ask({ about: 'a' });
    await it.clock.advance(0);
    assert.deepEqual(it.shown, ['a null']);
    assert.deepEqual(it.failures, [error]);
    it.answer = async () => 'there';
    await it.clock.advance(freshMs);
    assert.deepEqual(it.shown, ['a null', 'a there']);
  });

  for (const fresh of [null, 3_600_000]) {
    it(`is asked again after a failure when time changes ${fresh ? 'it late' : 'nothing'}`, async () => {
      const it = new Asked();
      it.fresh = fresh;
      it.answer = () => Promise.reject(new Error('the history is being opened'));
      it.question.ask({ about: 'a' });
      await it.clock.advance(0);
      it.answer = async () => 'there';
      await it.clock.advance(60_000);
      assert.deepEqual(it.shown, ['a null', 'a there']);
    });
  }

  it('is asked no more once it is forgotten, and holds no timer', async () => {
    const it = new Asked();
    const { promise, resolve } = later();
    it.answer = () => promise;
    it.question.ask({ about: 'a' });
    it.question.forget();
    resolve('unwanted');
    await it.clock.advance(0);
    it.question.changed();
    await it.clock.advance(freshMs * 10);
    assert.deepEqual(it.shown, []);
    assert.deepEqual(it.asked, ['a']);
    assert.equal(it.clock.timers, 0);
  });

  it('can be asked again after it was forgotten, with the number it had', async () => {
    const it = new Asked();
    const { promise, resolve } = later();
    it.answer = () => promise;
    it.question.ask({ about: 'a' });
    it.question.forget();
    it.question.ask({ about: 'a' });
    it.answer = async () => 'of the new page';
    resolve('of the old page');
    await it.clock.advance(0);
    assert.deepEqual(it.shown, ['a of the new page']);
  });
});
