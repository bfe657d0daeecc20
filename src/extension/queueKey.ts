import type * as vscode from 'vscode';

const storedAs = 'qcc.queueKey';

/** 256 bits in base64url. */
const form = /^[A-Za-z0-9_-]{43}$/;

/**
 * How long the secret storage may take, in milliseconds. It can wait for somebody to unlock a keyring, and the proxy
 * does not wait for that.
 */
const patienceMs = 1_000;

/** Where a window keeps the key that kept requests are encrypted with. Neither call fails. */
export interface QueueKey {
  /** The key, or null where there is none or it cannot be read now. */
  read(): Promise<string | null>;
  /** Stores a key, unless one has been stored meanwhile: requests may have been encrypted with that one. */
  store(key: string): Promise<void>;
}

/** Keeps the key in the secret storage. A storage that is locked costs kept requests, and nothing else. */
export function openQueueKey(secrets: Pick<vscode.SecretStorage, 'get' | 'store'>): QueueKey {
  const stored = async (): Promise<string | null> => {
    const text = await secrets.get(storedAs);
    return text !== undefined && form.test(text) ? text : null;
  };
  return {
    read: () => inTime(stored()),
    store: async (key) => {
      try {
        if ((await stored()) === null) await secrets.store(storedAs, key);
      } catch {
        // The proxy has the key for as long as it runs, and the next one that comes without a key is asked again.
      }
    },
  };
}

/** What comes in time; null instead of what is late or fails. */
async function inTime(answer: Promise<string | null>): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  try {
    return await Promise.race([answer, late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
