import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigurationDocument, RevisionCause } from '../../src/core/configuration.ts';
import { ConfigurationHistory } from '../../src/extension/configurationHistory.ts';
import { openVersionStore } from '../../src/extension/storedVersions.ts';
import { documentOf, type EndpointSketch } from '../support/contents.ts';

/** What an editor keeps for its windows. `view` gives the stores as one window sees them. */
class Stores {
  readonly state = new Map<string, unknown>();
  readonly secrets = new Map<string, string>();
  writes = 0;

  view({ isLocked = () => false } = {}) {
    const refuse = () => {
      if (isLocked()) throw new Error('locked');
    };
    const state = {
      get: <T>(key: string) => this.state.get(key) as T,
      update: async (key: string, value: unknown) => {
        this.writes += 1;
        this.state.set(key, structuredClone(value));
      },
    };
    const secrets = {
      get: async (key: string) => {
        refuse();
        return this.secrets.get(key);
      },
      store: async (key: string, value: string) => {
        refuse();
        this.secrets.set(key, value);
      },
    };
    return openVersionStore(state as never, secrets);
  }

  window(options = {}) {
    const errors: unknown[] = [];
    const history = new ConfigurationHistory({
      store: this.view(options),
      now: () => 1_000,
      onError: (error) => errors.push(error),
    });
    return { history, errors };
  }
}

function revision(
  number: number,
  endpoints: readonly EndpointSketch[] = [],
  cause: RevisionCause = 'edit',
): ConfigurationDocument {
  return { ...documentOf(number, [{ id: 'p', endpoints }]), origin: { at: 100 + number, cause } };
}

const ids = ({ versions }: ConfigurationHistory) => versions.map(({ id }) => id);

describe('the history of the configuration', () => {
  it('begins with what is there, and has nothing to go back to until that changes', async () => {
    const { history } = new Stores().window();
    assert.equal(history.hasEarlier, false);
    history.follow(revision(1));
    assert.deepEqual([ids(history), history.hasEarlier], [['r1'], false]);
    history.follow(revision(2));
    assert.deepEqual([ids(history), history.hasEarlier], [['r2', 'r1'], true]);
    assert.equal(history.current?.revision, 2);
  });

  it('is none while nothing has been put into the store', () => {
    const { history } = new Stores().window();
    history.follow(documentOf(0, []));
    assert.deepEqual(ids(history), []);
  });

  it('comes back after a restart, with the keys of each version, none of them in plain state', async () => {
    const stores = new Stores();
    const { history } = stores.window();
    history.follow(revision(1, [{ id: 'a', apiKey: 'canary-old', headers: { x: 'canary-x' } }, { id: 'b' }]));
    history.follow(revision(2, [{ id: 'a', apiKey: 'canary-new' }, { id: 'b' }]));
    history.follow(revision(3, [{ id: 'b' }]));
    await history.idle();
    assert.doesNotMatch(JSON.stringify([...stores.state]), /canary|key-of-/);
    // What is the same from version to version is there once.
    assert.equal(JSON.stringify([...stores.secrets]).match(/key-of-b/g)?.length, 1);
    const again = stores.window().history;
    await again.idle();
    assert.deepEqual(again.versions, history.versions);
    assert.deepEqual(
      again.versions.map(({ secrets }) => secrets.a?.apiKey),
      [undefined, 'canary-new', 'canary-old'],
    );
  });

  it('is the same in two windows, of which each has heard of changes that the other has not', async () => {
    const stores = new Stores();
    const [one, other] = [stores.window().history, stores.window().history];
    one.follow(revision(1));
    await one.idle();
    other.follow(revision(2));
    one.follow(revision(3));
    await Promise.all([one.idle(), other.idle()]);
    for (const window of [one, other]) window.follow(revision(4));
    await Promise.all([one.idle(), other.idle()]);
    const third = stores.window().history;
    await third.idle();
    assert.deepEqual(ids(third), ['r4', 'r3', 'r2', 'r1']);
  });

  it('is written by one of the windows that hear of a change, where they see each other’s stores', async () => {
    const stores = new Stores();
    const [one, other] = [stores.window().history, stores.window().history];
    await Promise.all([one.idle(), other.idle()]);
    one.follow(revision(1));
    await one.idle();
    other.follow(revision(1));
    await other.idle();
    assert.equal(stores.writes, 1);
  });

  it('is forgotten in all windows and in the stores, when a reset says so', async () => {
    const stores = new Stores();
    const [one, other] = [stores.window().history, stores.window().history];
    for (const window of [one, other]) window.follow(revision(1, [{ id: 'a', apiKey: 'canary' }]));
    await Promise.all([one.idle(), other.idle()]);
    assert.match(JSON.stringify([...stores.secrets]), /canary/);
    for (const window of [one, other]) {
      window.follow(revision(2, [], 'forget'));
      await window.idle();
      assert.deepEqual(ids(window), ['r2']);
    }
    assert.doesNotMatch(JSON.stringify([[...stores.secrets], [...stores.state]]), /canary|"r1"/);
  });

  it('keeps keys that it cannot read, and tells of stores that do not work', async () => {
    const stores = new Stores();
    const { history } = stores.window();
    history.follow(revision(1, [{ id: 'a', apiKey: 'canary' }]));
    await history.idle();
    let locked = true;
    const blind = stores.window({ isLocked: () => locked }).history;
    blind.follow({ ...revision(2, [{ id: 'a' }]), secrets: {} });
    await blind.idle();
    assert.deepEqual(ids(blind), ['r2', 'r1']);
    locked = false;
    const again = stores.window().history;
    await again.idle();
    assert.equal(again.versions.at(-1)?.secrets.a?.apiKey, 'canary');
    const failing = new ConfigurationHistory({
      store: { read: async () => [], write: () => Promise.reject(new Error('full')) },
      now: () => 0,
      onError: (error) => assert.match(String(error), /full/),
    });
    failing.follow(revision(1));
    await failing.idle();
    assert.deepEqual(ids(failing), ['r1']);
  });

  it('has what another document takes the place of at that time, with its keys, whatever was forgotten before', async () => {
    const stores = new Stores();
    const { history } = stores.window();
    await history.putAside(revision(2, [{ id: 'a', apiKey: 'canary' }]));
    const other = { ...revision(9, [], 'forget'), storeId: 'other', lineage: ['o9'] };
    history.follow(other);
    await history.idle();
    const again = stores.window().history;
    await again.idle();
    assert.deepEqual(ids(again), ['r2', 'o9']);
    assert.equal(again.versions[0]?.secrets.a?.apiKey, 'canary');
    assert.equal(again.versions[0]?.putAsideAt, 1_000);
  });

  it('has a document that took the place of newer ones among the newest, for as many changes as any', async () => {
    const stores = new Stores();
    const { history } = stores.window();
    for (let number = 11; number <= 40; number += 1) history.follow(revision(number));
    const other = (number: number) => {
      const lineage = [8, 9, 10].filter((it) => it <= number).map((it) => `o${it}`);
      return { ...revision(number), storeId: 'other', lineage };
    };
    history.follow(other(8));
    await history.idle();
    const again = stores.window().history;
    again.follow(other(9));
    await again.idle();
    assert.equal(again.versions.length, 21);
    assert.deepEqual(ids(again).slice(0, 3), ['o9', 'o8', 'r40']);
    again.follow(other(10));
    assert.deepEqual(ids(again).slice(0, 3), ['o10', 'o9', 'o8']);
  });

  it('says so when it cannot keep a document that is to be replaced, or its keys', async () => {
    const document = revision(2, [{ id: 'a' }]);
    const locked = new Stores().window({ isLocked: () => true }).history;
    await assert.rejects(locked.putAside(document));
    await new Stores().window({ isLocked: () => true }).history.putAside({ ...document, secrets: {} });
    const full = new ConfigurationHistory({
      store: { read: async () => [], write: () => Promise.reject(new Error('full')) },
      now: () => 0,
      onError: () => undefined,
    });
    await assert.rejects(full.putAside(document), /full/);
  });

  it('takes nothing for a version that is none, whatever the stores hold', async () => {
    for (const stored of [null, 7, 'x', [null], [{}], [{ id: 'r1', configuration: {} }]]) {
      const stores = new Stores();
      stores.state.set('qcc.versions', stored);
      stores.secrets.set('qcc.versions.secrets', '{"secrets":7');
      const { history, errors } = stores.window();
      await history.idle();
      assert.deepEqual([ids(history), errors], [[], []]);
    }
  });

  it('takes keys that make no sense for none', async () => {
    for (const text of [
      'null',
      '7',
      '{"versions":null,"secrets":null}',
      '{"versions":{"r1":{"a":0}},"secrets":null}',
    ]) {
      const stores = new Stores();
      const first = stores.window();
      first.history.follow(revision(1, [{ id: 'a', apiKey: 'key' }]));
      await first.history.idle();
      stores.secrets.set('qcc.versions.secrets', text);
      const { history, errors } = stores.window();
      await history.idle();
      assert.deepEqual([ids(history), history.versions[0]?.secrets, errors], [['r1'], {}, []], text);
    }
  });

  it('tells who listens of what it has learned', () => {
    const { history } = new Stores().window();
    let told = 0;
    const listening = history.onDidChange(() => {
      told += 1;
    });
    history.follow(revision(1));
    listening.dispose();
    history.follow(revision(2));
    assert.equal(told, 1);
  });
});
