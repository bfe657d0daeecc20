import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { News } from '../../src/extension/news.ts';

/** What an editor keeps for the extension, which takes a change at once and stores it later. */
function stored(values: Readonly<Record<string, unknown>>) {
  const kept = new Map(Object.entries(values));
  return {
    get: <T>(key: string) => kept.get(key) as T,
    keys: () => [...kept.keys()],
    update: async (key: string, value: unknown) => void kept.set(key, value),
  };
}

describe('what is new', () => {
  it('is nothing to somebody who has just installed the extension', () => {
    const state = stored({});
    assert.equal(new News(state, '0.8.0').isUnseen, false);
    assert.equal(new News(state, '0.8.0').isUnseen, false);
  });

  it('is unseen after an update, also of a version that did not count this', () => {
    assert.equal(new News(stored({ 'news.seen': '0.8.0' }), '0.9.0').isUnseen, true);
    assert.equal(new News(stored({ 'qcc.document': {} }), '0.8.0').isUnseen, true);
  });

  it('is seen once it was shown, and whoever marks it is told, once', async () => {
    const news = new News(stored({ 'news.seen': '0.7.0' }), '0.8.0');
    let told = 0;
    const listening = news.onDidChange(() => {
      told += 1;
    });
    await news.markSeen();
    await news.markSeen();
    assert.deepEqual([news.isUnseen, told], [false, 1]);
    listening.dispose();
  });
});
