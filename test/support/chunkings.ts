import fc from 'fast-check';

/** Cuts bytes at the given places; places beyond the end are left out. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const inner = places.filter((place) => place > 0 && place < bytes.length).toSorted((a, b) => a - b);
  const edges = [0, ...inner, bytes.length];
  return edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge));
}

/** Single bytes. */
export function byteByByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
}

/** Ways to cut bytes into pieces, for properties: whole, byte by byte, and at any places. */
export const anyChunking: fc.Arbitrary<(bytes: Buffer) => Buffer[]> = fc.oneof(
  fc.constant((bytes: Buffer) => [bytes]),
  fc.constant(byteByByte),
  fc.array(fc.nat(0xffff), { maxLength: 30 }).map(
    (places) => (bytes: Buffer) =>
      cutAt(
        bytes,
        places.map((place) => place % (bytes.length + 1)),
      ),
  ),
);
