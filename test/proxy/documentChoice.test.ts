import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type ConfigurationDocument,
  kinshipOf,
  nextRevision,
  revisionIdOf,
} from '../../src/core/configuration.ts';
import { DocumentHolder } from '../../src/proxy/documentHolder.ts';
import { contentsOf, documentOf } from '../support/contents.ts';

function start() {
  const published: ConfigurationDocument[] = [];
  let revisions = 0;
  const holder = new DocumentHolder(
    (document) => published.push(document),
    () => `changed${++revisions}`,
  );
  return { holder, published };
}

const ours = documentOf(3, [{ id: 'ours', endpoints: [{ id: 'a' }] }]);
const theirs: ConfigurationDocument = {
  ...documentOf(9, [{ id: 'theirs', endpoints: [{ id: 'b' }] }]),
  storeId: 'theirs',
  lineage: ['t8', 't9'],
};

describe('a choice between what holds and what a window brought', () => {
  it('for what holds leaves it as it is', () => {
    const { holder, published } = start();
    holder.sync(ours);
    assert.equal(holder.standingOf(theirs), 'other');
    const result = holder.choose({ choice: 'inForce', inForce: 'r3', brought: theirs });
    assert.deepEqual(result, { accepted: true, document: ours });
    assert.deepEqual(published, [ours]);
    assert.equal(holder.standingOf(theirs), 'givenUp');
  });

  it('for what was brought puts it in force with its keys, as a revision of its own that the choice made', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 5_000 });
    const { holder, published } = start();
    holder.sync(ours);
    const result = holder.choose({ choice: 'brought', inForce: 'r3', brought: theirs });
    assert.equal(result?.accepted, true);
    const chosen = result?.document as ConfigurationDocument;
    assert.deepEqual(chosen.configuration, theirs.configuration);
    assert.deepEqual(chosen.secrets, theirs.secrets);
    assert.equal(kinshipOf(chosen, theirs), 'newer');
    assert.deepEqual(chosen.origin, { at: 5_000, cause: 'choice' });
    assert.deepEqual(published, [ours, chosen]);
    assert.equal(holder.standingOf(theirs), 'inForce');
    assert.equal(holder.standingOf(ours), 'givenUp');
  });

  it('is asked for again where what was decided against was changed since', () => {
    const { holder } = start();
    holder.sync(ours);
    holder.choose({ choice: 'inForce', inForce: 'r3', brought: theirs });
    const later = nextRevision(theirs, contentsOf([]), 't10', { at: 0, cause: 'edit' });
    assert.equal(holder.standingOf(later), 'other');
  });

  it('takes the place of an earlier one', () => {
    const { holder } = start();
    holder.sync(ours);
    holder.choose({ choice: 'inForce', inForce: 'r3', brought: theirs });
    holder.choose({ choice: 'brought', inForce: 'r3', brought: theirs });
    assert.equal(holder.standingOf(theirs), 'inForce');
    const back = holder.choose({
      choice: 'brought',
      inForce: revisionIdOf(holder.current as ConfigurationDocument),
      brought: ours,
    });
    assert.deepEqual(back?.document.configuration, ours.configuration);
    assert.equal(holder.standingOf(ours), 'inForce');
  });

  it('decides nothing where something else holds by then', () => {
    for (const choice of ['inForce', 'brought'] as const) {
      const { holder } = start();
      holder.sync(ours);
      holder.change({ basedOn: 'r3', contents: contentsOf([]), cause: 'edit' });
      const held = holder.current;
      const result = holder.choose({ choice, inForce: 'r3', brought: theirs });
      assert.deepEqual(result, { accepted: false, document: held });
      assert.equal(holder.standingOf(theirs), 'other');
    }
  });

  it('decides nothing where one comes from the other, or nothing holds', () => {
    const { holder } = start();
    assert.equal(holder.choose({ choice: 'brought', inForce: '', brought: ours }), undefined);
    holder.sync(ours);
    for (const brought of [ours, documentOf(2, []), documentOf(4, [])]) {
      const result = holder.choose({ choice: 'brought', inForce: 'r3', brought });
      assert.deepEqual(result, { accepted: false, document: ours });
    }
  });

  it('remembers so many and no more', () => {
    const { holder } = start();
    holder.sync(ours);
    const documents = Array.from({ length: 101 }, (_, index) => ({ ...theirs, lineage: [`x${index}`] }));
    for (const brought of documents) holder.choose({ choice: 'inForce', inForce: 'r3', brought });
    assert.deepEqual(
      [documents[0], documents[1], documents[100]].map((one) => holder.standingOf(one ?? null)),
      ['other', 'givenUp', 'givenUp'],
    );
  });
});

describe('whatever windows of three editors bring, change and choose', () => {
  type Act = {
    readonly kind: 'sync' | 'change' | 'inForce' | 'brought';
    readonly editor: number;
    readonly isLate: boolean;
  };
  const act: fc.Arbitrary<Act> = fc.record({
    kind: fc.constantFrom('sync', 'change', 'inForce', 'brought'),
    editor: fc.nat(2),
    isLate: fc.boolean(),
  });

  it('what holds is never an earlier revision of what held before, and gives way to another store by a choice only', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const { holder, published } = start();
        const copies = [0, 1, 2].map(
          (editor): ConfigurationDocument => ({
            ...documentOf(1, [{ id: `p${editor}` }]),
            storeId: `store${editor}`,
            lineage: [`s${editor}`],
          }),
        );
        let seen = '';
        for (const { kind, editor, isLate } of acts) {
          const before = holder.current;
          const copy = copies[editor] as ConfigurationDocument;
          if (kind === 'sync') {
            const held = holder.sync(copy);
            if (holder.standingOf(copy) !== 'other') copies[editor] = held;
          } else if (kind === 'change') {
            const basedOn = revisionIdOf(copy);
            holder.change({ basedOn, contents: contentsOf([{ id: basedOn }]), cause: 'edit' });
          } else if (before) {
            const inForce = isLate ? seen : revisionIdOf(before);
            const result = holder.choose({ choice: kind, inForce, brought: copy });
            if (result?.accepted) {
              assert.equal(inForce, revisionIdOf(before));
              assert.equal(holder.standingOf(before), kind === 'inForce' ? 'inForce' : 'givenUp');
              assert.notEqual(holder.standingOf(copy), 'other');
            }
          }
          const after = holder.current;
          if (before && after && kinshipOf(after, before) === 'unrelated') assert.equal(kind, 'brought');
          if (before) seen = revisionIdOf(before);
        }
        for (const [index, document] of published.entries()) {
          for (const earlier of published.slice(0, index)) {
            assert.notEqual(kinshipOf(document, earlier), 'older');
          }
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
