import { createHash } from 'node:crypto';
import { inSlices } from './slices.ts';

/** SHA-256 of a body that comes in pieces. */
export async function bodyDigest(pieces: Iterable<Buffer>): Promise<Buffer> {
  const hash = createHash('sha256');
  await inSlices(pieces, (slice) => hash.update(slice));
  return hash.digest();
}
