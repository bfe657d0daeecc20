import { test } from 'node:test';
import { assertCuts, type Cut, eventEnds, lineEnds, recordedBytes } from './cutStreams.ts';

/** Offsets around the end of each event. */
const boundaries = [
  ...new Set(eventEnds.flatMap((end) => [-2, -1, 0, 1, 2].map((distance) => end + distance))),
].filter((offset) => offset >= 0 && offset <= recordedBytes.length);

test('an answer that is reset after any byte leaves Claude Code a message to go on from, or a broken connection', async (t) => {
  const offsets = Array.from({ length: recordedBytes.length + 1 }, (_, offset) => offset);
  await assertCuts(
    t,
    offsets.map((offset) => ({ client: 'claudeCode', fault: 'reset', offset })),
  );
});

test('an answer that is cut in any way around any event is never taken for a whole one', async (t) => {
  const cuts: Cut[] = boundaries.flatMap((offset) => [
    { client: 'other', fault: 'reset', offset },
    { client: 'other', fault: 'cleanEnd', offset },
    { client: 'claudeCode', fault: 'cleanEnd', offset },
  ]);
  for (const offset of [0, ...lineEnds]) {
    cuts.push(
      { client: 'other', fault: 'errorEvent', offset },
      { client: 'claudeCode', fault: 'errorEvent', offset },
    );
  }
  await assertCuts(t, cuts);
});

test('a summary of a conversation that is cut around any event is never taken for a whole one', async (t) => {
  await assertCuts(
    t,
    boundaries.flatMap((offset): Cut[] => [
      { client: 'compaction', fault: 'reset', offset },
      { client: 'compaction', fault: 'cleanEnd', offset },
    ]),
  );
});
