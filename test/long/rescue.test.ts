import { test } from 'node:test';
import { assertCuts, type Cut, lineEnds, recordedBytes } from '../client/cutStreams.ts';

const offsets = Array.from({ length: recordedBytes.length + 1 }, (_, offset) => offset);

for (const client of ['claudeCode', 'other'] as const) {
  test(`an answer to ${client === 'other' ? 'another client' : 'Claude Code'} that is cut in any way after any byte has the end that the rules say`, async (t) => {
    const cuts: Cut[] = offsets.flatMap((offset) => [
      { client, fault: 'reset', offset },
      { client, fault: 'cleanEnd', offset },
    ]);
    for (const offset of [0, ...lineEnds]) cuts.push({ client, fault: 'errorEvent', offset });
    await assertCuts(t, cuts);
  });
}
