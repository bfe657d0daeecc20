import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing, QueueKey } from './keyRing.ts';
import { inSlices } from './slices.ts';

/*
 * How kept requests and answers are stored: AES-256-GCM with a fresh random nonce of 96 bits each (NIST SP 800-38D),
 * laid out as version, id of the key, nonce, ciphertext, tag. What it belongs to is authenticated with it, so that no
 * part can be put in the place of another.
 */

const algorithm = 'aes-256-gcm';
const version = 1;
const keyIdBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + keyIdBytes;
/** What sealing adds to the length, in bytes. */
const sealBytes = headBytes + nonceBytes + tagBytes;

/** What sealed bytes are, and of which kept request. */
export interface Seal {
  readonly id: string;
  readonly kind: 'body' | 'result';
}

/** Encrypts bytes that come in pieces. @returns bytes with a buffer of their own, which can be given away */
export async function seal(pieces: readonly Buffer[], { id, kind }: Seal, key: QueueKey): Promise<Buffer> {
  const head = Buffer.concat([Buffer.from([version]), Buffer.from(key.id, 'hex')]);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associated(head, id, kind));
  // Filled slice by slice: to join megabytes in the end would hold up everybody else.
  const sealed = Buffer.allocUnsafeSlow(sealBytes + pieces.reduce((sum, { length }) => sum + length, 0));
  let at = head.copy(sealed);
  at += nonce.copy(sealed, at);
  await inSlices(pieces, (slice) => {
    at += cipher.update(slice).copy(sealed, at);
  });
  // In this mode the end adds nothing to what is encrypted.
  cipher.final();
  cipher.getAuthTag().copy(sealed, at);
  return sealed;
}

/**
 * Decrypts what was sealed.
 *
 * @returns undefined when its key is not there, when it is something else than `expected`, or when a bit of it was changed
 */
export async function unseal(
  sealed: Uint8Array,
  { id, kind }: Seal,
  keys: KeyRing,
): Promise<Buffer | undefined> {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < sealBytes || bytes[0] !== version) return undefined;
  const head = bytes.subarray(0, headBytes);
  const key = keys.of(head.toString('hex', 1));
  if (!key) return undefined;
  const nonce = bytes.subarray(headBytes, headBytes + nonceBytes);
  const decipher = createDecipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes });
  decipher.setAAD(associated(head, id, kind));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const opened = Buffer.allocUnsafeSlow(bytes.length - sealBytes);
  let at = 0;
  await inSlices([bytes.subarray(headBytes + nonceBytes, -tagBytes)], (slice) => {
    at += decipher.update(slice).copy(opened, at);
  });
  try {
    decipher.final();
  } catch {
    // The tag does not fit: nothing that was decrypted may be used.
    return undefined;
  }
  return opened;
}

/** An id has no zero byte, so that no two of them read alike. */
function associated(head: Buffer, id: string, kind: Seal['kind']): Buffer {
  return Buffer.concat([head, Buffer.from(`qcc-queue\0${kind}\0${id}`)]);
}
