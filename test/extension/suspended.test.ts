import { it } from 'node:test';
import { holds, started, stream } from '../support/asleep.ts';
import { waitFor } from '../support/waitFor.ts';

/* The shortest sleep that says something; the others are in test/long/suspended.test.ts. Built by `npm run vsix`. */

it('after 8 s in which the machine slept everything goes on', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const what = await started(t);
  const answer = stream(what);
  await waitFor('the stream runs', () => what.responses.length === 1 || undefined);
  await what.sleep([what.proxy, what.window.pid], 8_000);
  await holds(what, answer);
});
