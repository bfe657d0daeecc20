import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { holds, started, stream } from '../support/asleep.ts';
import { LinkedWindow } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';
import { waitFor } from '../support/waitFor.ts';

/* A machine that sleeps, or part of it: processes that stand still and go on later. Built by `npm run vsix`. */

describe('after a sleep', { skip: process.platform !== 'linux', concurrency: true }, () => {
  for (const seconds of [8, 20]) {
    it(`of ${seconds} s, of the machine as a whole, everything goes on`, async (t) => {
      const what = await started(t);
      const answer = stream(what);
      await waitFor('the stream runs', () => what.responses.length === 1 || undefined);
      await what.sleep([what.proxy, what.window.pid], seconds * 1_000);
      await holds(what, answer);
    });

    it(`of ${seconds} s of a window the proxy has waited for it`, async (t) => {
      const what = await started(t);
      const answer = stream(what);
      await waitFor('the stream runs', () => what.responses.length === 1 || undefined);
      await what.sleep([what.window.pid], seconds * 1_000);
      await holds(what, answer);
    });
  }

  it('of 12 s of the proxy alone its window comes back to it', async (t) => {
    const what = await started(t);
    const answer = stream(what);
    await waitFor('the stream runs', () => what.responses.length === 1 || undefined);
    await what.sleep([what.proxy], 12_000);
    await holds(what, answer);
  });

  it('a proxy that was about to end waits for the window that comes back', async (t) => {
    const what = await started(t);
    what.window.stdin.write('leave\n');
    await once(what.window, 'exit');
    await what.sleep([what.proxy], 12_000);
    const next = new LinkedWindow({ home: what.home, port: what.port });
    onEnd(t, () => next.link.dispose());
    next.link.start(true);
    assert.equal(await next.proxyPid(), what.proxy);
  });
});
