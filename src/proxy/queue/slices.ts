import { setImmediate as others } from 'node:timers/promises';

/** How much is worked on at a time, in bytes: a millisecond or so. */
const sliceBytes = 1024 * 1024;

/** Hands out bytes in slices, with everybody else's turn in between, so that a large body holds up no stream. */
export async function inSlices(pieces: Iterable<Buffer>, take: (slice: Buffer) => void): Promise<void> {
  let sinceTurn = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += sliceBytes) {
      const slice = piece.subarray(at, at + sliceBytes);
      take(slice);
      sinceTurn += slice.length;
      if (sinceTurn < sliceBytes) continue;
      sinceTurn = 0;
      await others();
    }
  }
}
