import type { Page } from 'playwright-core';
import { waitFor } from './waitFor.ts';

/**
 * Waits until the window has stored something that contains a text. A window in a browser stores its layout every few
 * seconds and not when it is closed, so a reload right after a change comes back without it.
 */
export async function untilStored(page: Page, text: string): Promise<void> {
  await waitFor(
    `the window has stored ${text}`,
    async () => (await page.evaluate(isStored, text)) || undefined,
  );
}

/** Runs in the page. */
async function isStored(text: string): Promise<boolean> {
  const done = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  for (const { name } of await indexedDB.databases()) {
    if (!name?.startsWith('vscode-web-state-db-')) continue;
    const database = await done(indexedDB.open(name));
    const stores = [...database.objectStoreNames];
    const values = await Promise.all(
      stores.map((store) => done(database.transaction(store).objectStore(store).getAll())),
    );
    database.close();
    if (JSON.stringify(values).includes(text)) return true;
  }
  return false;
}
