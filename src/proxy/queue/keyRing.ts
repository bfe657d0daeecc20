import { createHash, createHmac, randomBytes } from 'node:crypto';

/** A key of 256 bits and the name that is written beside what it encrypts. */
export interface QueueKey {
  /** The first 8 bytes of its SHA-256, in hexadecimal. */
  readonly id: string;
  readonly bytes: Buffer;
}

export const keyBytes = 32;
/** Editors of one user that bring keys of their own; beyond that the oldest key goes. */
const maxKeys = 16;

/**
 * What kept requests are encrypted with. The keys of all editors can decrypt; the first one encrypts, and when nobody
 * has brought one by the time that it is needed, one is made.
 */
export class KeyRing {
  readonly #keys = new Map<string, QueueKey>();
  #current: QueueKey | undefined;

  /** What encrypts from now on. */
  get current(): QueueKey {
    this.#current ??= this.add(randomBytes(keyBytes));
    return this.#current;
  }

  /** Takes a key. @throws RangeError when it has another length */
  add(bytes: Buffer): QueueKey {
    if (bytes.length !== keyBytes) throw new RangeError(`a key has ${keyBytes} bytes, not ${bytes.length}`);
    const key = { id: idOf(bytes), bytes };
    this.#keys.set(key.id, key);
    this.#current ??= key;
    const oldest = [...this.#keys.keys()].find((id) => id !== this.#current?.id);
    if (this.#keys.size > maxKeys && oldest !== undefined) this.#keys.delete(oldest);
    return key;
  }

  of(id: string): QueueKey | undefined {
    return this.#keys.get(id);
  }

  /**
   * Names a body without telling it: whoever reads the name but not the key cannot even try out what it stands for.
   *
   * @param digest SHA-256 of the body
   * @returns undefined when the key is not there
   */
  fingerprint(keyId: string, digest: Buffer): string | undefined {
    const key = this.of(keyId);
    return key && createHmac('sha256', key.bytes).update('body:').update(digest).digest('base64url');
  }
}

function idOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
