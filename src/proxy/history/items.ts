import type { Database } from './database.ts';
import type { StoredItem } from './historyTypes.ts';

/** What is kept of an item beside itself. */
export type ContentKind = 'body' | 'result';

/** All items, oldest first. */
export function readItems(database: Database): readonly StoredItem[] {
  return database
    .all('SELECT id, meta, created_at FROM item ORDER BY created_at, id')
    .map(({ id, meta, created_at }) => ({
      id: id as string,
      meta: meta as string,
      createdAt: created_at as number,
    }));
}

/** Adds an item, or replaces it with all that was kept of it. */
export function putItem(
  database: Database,
  { id, meta, createdAt }: StoredItem,
  body: Uint8Array | null,
): void {
  database.transaction(() => {
    database.run('DELETE FROM item WHERE id = ?', id);
    database.run('INSERT INTO item (id, created_at, meta) VALUES (?, ?, ?)', id, createdAt, meta);
    putContent(database, id, 'body', body);
  });
}

/** Changes an item. @param result undefined leaves it as it is @returns false when it is not there */
export function updateItem(
  database: Database,
  item: StoredItem,
  result: Uint8Array | null | undefined,
): boolean {
  return database.transaction(() => {
    const isThere = changeItem(database, item);
    if (isThere && result !== undefined) putContent(database, item.id, 'result', result);
    return isThere;
  });
}

/** Changes items and removes their bodies. */
export function dropBodies(database: Database, items: readonly StoredItem[]): void {
  database.transaction(() => {
    for (const item of items) {
      changeItem(database, item);
      putContent(database, item.id, 'body', null);
    }
  });
}

function changeItem(database: Database, { id, meta, createdAt }: StoredItem): boolean {
  return database.run('UPDATE item SET created_at = ?, meta = ? WHERE id = ?', createdAt, meta, id) > 0;
}

export function readContent(database: Database, id: string, kind: ContentKind): Uint8Array | null {
  const row = database.first('SELECT bytes FROM item_content WHERE item = ? AND kind = ?', id, kind);
  return row?.bytes instanceof Uint8Array ? row.bytes : null;
}

export function removeItems(database: Database, ids: readonly string[]): void {
  database.transaction(() => {
    for (const id of ids) database.run('DELETE FROM item WHERE id = ?', id);
  });
}

function putContent(database: Database, id: string, kind: ContentKind, bytes: Uint8Array | null): void {
  database.run('DELETE FROM item_content WHERE item = ? AND kind = ?', id, kind);
  if (bytes === null) return;
  database.run('INSERT INTO item_content (item, kind, bytes) VALUES (?, ?, ?)', id, kind, bytes);
}
