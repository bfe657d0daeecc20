import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import {
  type ConfigurationDocument,
  isPristine,
  kinshipOf,
  nextRevision,
  revisionIdOf,
} from '../../src/core/configuration.ts';
import { addProfile } from '../../src/core/configurationEdits.ts';
import type { Rivals } from '../../src/extension/proxyLink/documentChoice.ts';
import { needsChoice } from '../../src/extension/proxyLink/linkStatus.ts';
import { contentsOf, documentOf } from '../support/contents.ts';
import {
  freePort,
  LinkedWindow,
  proxiesOf,
  type SharedStore,
  temporaryHome,
} from '../support/linkedWindow.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { waitFor } from '../support/waitFor.ts';

/** What an editor has stored at first: a configuration of its own, with a key. */
function editorStore(name: string): SharedStore {
  const document = documentOf(3, [{ id: name, endpoints: [{ id: `${name}-endpoint` }] }]);
  const lineage = [`${name}2`, `${name}3`];
  return { document: { ...document, storeId: name, lineage }, saves: 0 };
}

const profileIds = ({ configuration }: Pick<ConfigurationDocument, 'configuration'>) =>
  configuration.profiles.map(({ id }) => id);

/** Whether a document is in an editor's history with all its keys. */
function isInHistory({ versions = [] }: SharedStore, document: ConfigurationDocument): boolean {
  const kept = versions.find(({ id }) => id === revisionIdOf(document));
  return kept !== undefined && Object.keys(document.secrets).every((id) => kept.secrets[id]);
}

const adding = (id: string) => addProfile({ id, name: id, description: '' });

describe('two editors with configurations of their own', () => {
  let home: ReturnType<typeof temporaryHome>;
  let port: number;
  let windows: LinkedWindow[];
  let ours: SharedStore;
  let theirs: SharedStore;
  const homes: ReturnType<typeof temporaryHome>[] = [];

  const renew = async () => {
    home = temporaryHome();
    homes.push(home);
    port = await freePort();
    windows = [];
    [ours, theirs] = [editorStore('ours'), editorStore('theirs')];
  };
  const end = async () => {
    await Promise.all(windows.map((window) => window.link.dispose()));
    for (const pid of proxiesOf(home.folder)) process.kill(pid, 'SIGTERM');
    await waitFor('no process is left', () => proxiesOf(home.folder).length === 0 || undefined);
  };
  beforeEach(renew);
  afterEach(end);
  after(() => {
    for (const { remove } of homes) remove();
  });

  const open = (store: SharedStore): LinkedWindow => {
    const window = new LinkedWindow({ home: home.folder, port, store });
    windows.push(window);
    window.link.start(true);
    return window;
  };
  const rivalsOf = ({ link }: LinkedWindow): Rivals => {
    const rivals = link.rivals();
    assert.ok(rivals, 'there is something to choose');
    return rivals;
  };
  /** The first editor's configuration is in force, and the second one has to choose. */
  const meet = async (): Promise<[LinkedWindow, LinkedWindow]> => {
    const first = open(ours);
    await first.reaches('attached');
    const second = open(theirs);
    await second.reaches('otherStore');
    return [first, second];
  };

  it('let the second one choose what is in force, and keep its own in its history', async () => {
    const [first, second] = await meet();
    const before = theirs.document as ConfigurationDocument;
    const rivals = rivalsOf(second);
    assert.deepEqual([profileIds(rivals.inForce), profileIds(rivals.brought)], [['ours'], ['theirs']]);
    assert.deepEqual(await second.link.choose('inForce', rivals), { ok: true });
    assert.equal(second.status?.kind, 'attached');
    assert.deepEqual(profileIds(theirs.document as ConfigurationDocument), ['ours']);
    assert.ok(isInHistory(theirs, before));
    assert.deepEqual(theirs.document?.secrets, ours.document?.secrets);
    assert.equal(second.link.rivals(), undefined);
    assert.deepEqual(
      second.replacements.map((it) => it.isChosenHere),
      [true],
    );
    // From now on it is one configuration.
    assert.deepEqual(await second.link.edit(adding('shared')), { ok: true });
    await waitFor(
      'the first one has it',
      () => ours.document?.configuration.profiles.length === 2 || undefined,
    );
    assert.deepEqual(first.replacements, []);
  });

  it('let the second one put its own in force, which the first one follows, with its own in its history', async () => {
    const [first, second] = await meet();
    const before = ours.document as ConfigurationDocument;
    assert.deepEqual(await second.link.choose('brought', rivalsOf(second)), { ok: true });
    assert.equal(second.status?.kind, 'attached');
    const isFollowed = () => first.replacements.length > 0 || undefined;
    await waitFor('the first one follows', isFollowed);
    assert.equal(first.status?.kind, 'attached');
    for (const store of [ours, theirs]) {
      assert.deepEqual(profileIds(store.document as ConfigurationDocument), ['theirs']);
      assert.ok(isInHistory(store, before));
    }
    assert.deepEqual(
      first.replacements.map((it) => it.isChosenHere),
      [false],
    );
    assert.deepEqual(second.replacements, []);
    await waitFor(
      'the proxy has its key',
      () => first.state?.endpoints['theirs-endpoint']?.hasKey || undefined,
    );
  });

  it('have all windows of an editor follow what one of them has chosen, without being asked', async () => {
    const [, second] = await meet();
    const third = open(theirs);
    await third.reaches('otherStore');
    assert.deepEqual(await second.link.choose('inForce', rivalsOf(second)), { ok: true });
    await third.reaches('attached');
    assert.deepEqual(profileIds(third.link.contents() as ConfigurationDocument), ['ours']);
    await waitFor('it is told', () => third.replacements.length > 0 || undefined);
    assert.deepEqual(
      third.replacements.map((it) => it.isChosenHere),
      [false],
    );
  });

  it('are asked again when what holds has changed since they were asked', async () => {
    const [first, second] = await meet();
    const seen = rivalsOf(second);
    assert.deepEqual(await first.link.edit(adding('later')), { ok: true });
    for (const choice of ['brought', 'inForce'] as const) {
      const outcome = await second.link.choose(choice, seen);
      assert.deepEqual(outcome, { ok: false, problem: 'changedMeanwhile' });
    }
    assert.equal(second.status?.kind, 'otherStore');
    assert.deepEqual(profileIds(rivalsOf(second).inForce), ['ours', 'later']);
    assert.deepEqual(await second.link.choose('inForce', rivalsOf(second)), { ok: true });
  });

  it('overwrite nothing when what is not chosen cannot be kept', async () => {
    const [first, second] = await meet();
    const before = [ours.document, theirs.document];
    second.history.putAside = () => Promise.reject(new Error('locked'));
    for (const choice of ['brought', 'inForce'] as const) {
      const outcome = await second.link.choose(choice, rivalsOf(second));
      assert.deepEqual(outcome, { ok: false, problem: 'notKept' });
    }
    assert.deepEqual([ours.document, theirs.document], before);
    assert.deepEqual(first.replacements, []);
  });

  it('keep what is stored where a follower cannot keep it, and ask there', async () => {
    const [first, second] = await meet();
    const before = ours.document;
    const { putAside } = first.history;
    first.history.putAside = () => Promise.reject(new Error('locked'));
    assert.deepEqual(await second.link.choose('brought', rivalsOf(second)), { ok: true });
    await waitFor('it is asked', () => (first.status && needsChoice(first.status)) || undefined);
    assert.equal(ours.document, before);
    assert.deepEqual(first.replacements, []);
    assert.deepEqual(rivalsOf(first).brought, before);
    first.history.putAside = putAside.bind(first.history);
    assert.deepEqual(await first.link.choose('inForce', rivalsOf(first)), { ok: true });
    assert.deepEqual(profileIds(ours.document as ConfigurationDocument), ['theirs']);
  });

  it('do not have an edit made to the other configuration that was on its way to the own one', async () => {
    const [first, second] = await meet();
    const rivals = rivalsOf(second);
    // Whatever comes first at the proxy, the edit is of ours or is none.
    const [outcome, choice] = await Promise.all([
      first.link.edit((contents) => adding('mine')(contents)),
      second.link.choose('brought', rivals),
    ]);
    if (choice.ok) {
      await waitFor('the first one follows', () => first.replacements.length > 0 || undefined);
      assert.deepEqual(profileIds(ours.document as ConfigurationDocument), ['theirs']);
      if (outcome.ok) assert.ok(ours.versions?.some((version) => profileIds(version).includes('mine')));
      else assert.deepEqual(outcome, { ok: false, problem: 'replaced' });
    } else {
      assert.deepEqual(outcome, { ok: true });
      assert.deepEqual(profileIds(ours.document as ConfigurationDocument), ['ours', 'mine']);
    }
  });

  it('say of an edit that comes before anybody knows of the other one what stands in its way', async () => {
    await open(ours).reaches('attached');
    const outcome = await open(theirs).link.edit(adding('early'));
    assert.deepEqual(outcome, { ok: false, problem: 'otherStore' });
  });

  it('refuse an edit that was made from the configuration which another one has replaced', async () => {
    let refused = 0;
    for (let round = 0; round < 10 && refused === 0; round += 1) {
      if (round > 0) {
        await end();
        await renew();
      }
      const [first, second] = await meet();
      // The proxy publishes four times a second at most: what comes after this change is heard of a little later.
      assert.deepEqual(await first.link.edit(adding('earlier')), { ok: true });
      await second.link.choose('brought', rivalsOf(second));
      assert.deepEqual(await second.link.choose('brought', rivalsOf(second)), { ok: true });
      if (!profileIds(first.link.contents() as ConfigurationDocument).includes('ours')) continue;
      assert.deepEqual(await first.link.edit(adding('mine')), { ok: false, problem: 'replaced' });
      assert.deepEqual(profileIds(theirs.document as ConfigurationDocument), ['theirs']);
      refused += 1;
    }
    assert.equal(refused, 1);
  });

  describe('one of which has stored something else by a window on another host', () => {
    /** A window is attached with what another host's window has changed apart from it in the store. */
    const partTheStore = async (): Promise<[LinkedWindow, ConfigurationDocument]> => {
      const window = open(ours);
      await window.reaches('attached');
      const common = ours.document as ConfigurationDocument;
      const contents = contentsOf([{ id: 'remote', endpoints: [{ id: 'remote-endpoint' }] }]);
      const elsewhere = nextRevision(common, contents, 'elsewhere', { at: 1, cause: 'edit' });
      ours.document = elsewhere;
      const outcome = await window.link.edit(adding('local'));
      assert.deepEqual(outcome, { ok: false, problem: 'notStored' });
      assert.equal(ours.document, elsewhere);
      assert.ok(window.status && needsChoice(window.status));
      return [window, elsewhere];
    };

    it('go on working, and store nothing until somebody has chosen', async () => {
      const [window, elsewhere] = await partTheStore();
      assert.deepEqual(await window.link.edit(adding('more')), { ok: false, problem: 'notStored' });
      assert.equal(ours.document, elsewhere);
      assert.deepEqual(profileIds(rivalsOf(window).inForce), ['ours', 'local', 'more']);
      assert.deepEqual(profileIds(rivalsOf(window).brought), ['remote']);
    });

    it('store what is in force when that is chosen', async () => {
      const [window, elsewhere] = await partTheStore();
      assert.deepEqual(await window.link.choose('inForce', rivalsOf(window)), { ok: true });
      assert.deepEqual(profileIds(ours.document as ConfigurationDocument), ['ours', 'local']);
      assert.ok(isInHistory(ours, elsewhere));
      assert.deepEqual(window.status, { kind: 'attached', port });
      assert.deepEqual(await window.link.edit(adding('more')), { ok: true });
    });

    it('put what is stored in force when that is chosen, in all windows', async () => {
      const [window, elsewhere] = await partTheStore();
      const inForce = rivalsOf(window).inForce;
      assert.deepEqual(await window.link.choose('brought', rivalsOf(window)), { ok: true });
      assert.deepEqual(profileIds(ours.document as ConfigurationDocument), ['remote']);
      assert.equal(kinshipOf(ours.document as ConfigurationDocument, elsewhere), 'newer');
      assert.ok(isInHistory(ours, inForce));
      assert.deepEqual(window.status, { kind: 'attached', port });
      await waitFor(
        'the proxy has its key',
        () => window.state?.endpoints['remote-endpoint']?.hasKey || undefined,
      );
    });

    it('still have to choose after the proxy has moved to another port', async () => {
      const [window] = await partTheStore();
      window.port = await freePort();
      await window.link.settingsChanged();
      const isAtPort = () =>
        (window.status?.kind === 'attached' && window.status.port === window.port) || undefined;
      await waitFor('the proxy has moved', isAtPort);
      assert.deepEqual(window.status, { kind: 'attached', port: window.port, storedApart: true });
      assert.deepEqual(profileIds(rivalsOf(window).brought), ['remote']);
    });

    it('are asked again when something else is stored by then', async () => {
      const [window, elsewhere] = await partTheStore();
      const seen = rivalsOf(window);
      const later = nextRevision(elsewhere, contentsOf([{ id: 'latest' }]), 'later', {
        at: 2,
        cause: 'edit',
      });
      ours.document = { ...later, lineage: ['foreign'] };
      assert.deepEqual(await window.link.choose('inForce', seen), { ok: false, problem: 'changedMeanwhile' });
      assert.equal(ours.document.lineage[0], 'foreign');
      assert.deepEqual(profileIds(rivalsOf(window).brought), ['latest']);
    });
  });

  it('lose nothing that was acknowledged without a choice, nor without its being in the history, whatever they do', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      if (seed > 1) {
        await end();
        await renew();
      }
      await interleave(seed);
    }
  });

  /** Has both editors open, close, edit and choose, and the proxy die, in an order that the seed says. */
  async function interleave(seed: number): Promise<void> {
    const random = seededRandom(seed);
    const any = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
    const story: string[] = [];
    const because = (what: string) => `${what}, seed ${seed}: ${story.join(', ')}`;
    const stores = [ours, theirs];
    const acknowledged = new Map<SharedStore, string[]>(stores.map((store) => [store, []]));
    let choices = 0;
    const losses: string[] = [];
    const openIn = (store: SharedStore) => {
      const window = open(store);
      const { save } = window.storeAccess;
      window.storeAccess.save = async (...given) => {
        const before = store.document;
        await save(...given);
        const now = store.document;
        if (!before || !now || isPristine(before) || kinshipOf(now, before) !== 'unrelated') return;
        if (choices === 0) losses.push(because('overwritten without a choice'));
        if (!isInHistory(store, before)) losses.push(because('overwritten and not in the history'));
      };
    };
    const close = async (window: LinkedWindow) => {
      windows = windows.filter((one) => one !== window);
      await window.link.dispose();
    };
    const settled = () =>
      Promise.all(
        windows.map((window) =>
          waitFor('the window knows where it is', () =>
            window.status && ['attached', 'otherStore'].includes(window.status.kind) ? true : undefined,
          ),
        ),
      );
    const acts: Record<string, () => Promise<unknown> | undefined> = {
      open: async () => {
        const store = any(stores);
        if (store && windows.length < 4) openIn(store);
      },
      close: async () => {
        const window = any(windows);
        if (window && windows.length > 1) await close(window);
      },
      edit: async () => {
        const window = any(windows);
        if (!window) return;
        const id = `edit${story.length}`;
        const outcome = await window.link.edit(adding(id));
        if (outcome.ok) acknowledged.get(window.store)?.push(id);
      },
      choose: async () => {
        const window = any(windows.filter(({ link }) => link.rivals()));
        const rivals = window?.link.rivals();
        if (!window || !rivals) return;
        choices += 1;
        await window.link.choose(random() < 0.5 ? 'inForce' : 'brought', rivals);
      },
      kill: async () => {
        for (const pid of proxiesOf(home.folder)) process.kill(pid, 'SIGKILL');
      },
      restart: async () => {
        const window = any(windows.filter(({ status }) => status?.kind === 'attached'));
        await window?.link.restart();
      },
    };
    for (const store of stores) openIn(store);
    await settled();
    for (let step = 0; step < 12; step += 1) {
      const name =
        any(['open', 'close', 'edit', 'edit', 'edit', 'choose', 'choose', 'kill', 'restart']) ?? '';
      story.push(name);
      const act = acts[name]?.();
      // Every other act is in the middle of the one before.
      if (random() < 0.7) await act;
      else act?.catch((error: unknown) => losses.push(because(String(error))));
      if (random() < 0.5) await settled();
      for (const [store, ids] of acknowledged) {
        const known = [store.document, ...(store.versions ?? [])].flatMap((one) =>
          one ? profileIds(one) : [],
        );
        for (const id of ids) assert.ok(known.includes(id), because(`${id} was lost`));
      }
      assert.deepEqual(losses, []);
    }
    await settled();
    await Promise.all(windows.map(close));
    assert.deepEqual(losses, []);
    for (const store of stores) {
      // What it had at first, or what comes from it, is stored or in the history.
      const known = [store.document, ...(store.versions ?? [])].flatMap((one) =>
        one ? profileIds(one) : [],
      );
      assert.ok(
        known.includes(store === ours ? 'ours' : 'theirs'),
        because('the first configuration was lost'),
      );
    }
  }
});
