import assert from 'node:assert/strict';
import { it } from 'node:test';
import { addProfile } from '../../src/core/configurationEdits.ts';
import type { EditOutcome } from '../../src/extension/actions.ts';
import { freePort, LinkedWindow, proxiesOf, temporaryHome } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';
import { waitFor } from '../support/waitFor.ts';

it('edits that cross the end of the proxy go to its successor, ten times', async (t) => {
  const home = temporaryHome();
  onEnd(t, home.remove);
  const port = await freePort();
  const [editing, restarting] = [0, 1].map(() => new LinkedWindow({ home: home.folder, port }));
  assert.ok(editing && restarting);
  onEnd(t, () => waitFor('it has ended', () => proxiesOf(home.folder).length === 0 || undefined));
  for (const window of [editing, restarting]) {
    await window.link.attach();
    onEnd(t, () => window.link.dispose());
  }
  onEnd(t, () => editing.link.stop());
  let edits = 0;
  let isOver = false;
  const edited = (async () => {
    for (; !isOver; edits += 1) {
      const name = `p${edits}`;
      const outcome: EditOutcome = await editing.link.edit(addProfile({ id: name, name, description: '' }));
      assert.deepEqual(outcome, { ok: true });
    }
  })();
  try {
    for (let round = 0; round < 10; round += 1) await restarting.link.restart();
  } finally {
    isOver = true;
  }
  await edited;
  assert.equal(editing.store.document?.configuration.profiles.length, edits);
});
