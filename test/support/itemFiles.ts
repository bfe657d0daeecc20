import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ItemStore, StoredItem } from '../../src/proxy/history/historyTypes.ts';

/** A store of kept requests in files of a folder: an item with its body and its answer in three of them. */
export class ItemFiles implements ItemStore {
  readonly folder: string;
  /** While it is set, everything that writes fails with this code. */
  failure: string | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  async all(): Promise<readonly StoredItem[]> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith('.item'));
    const texts = await Promise.all(names.map((name) => readFile(join(this.folder, name), 'utf8')));
    return texts.map((text) => JSON.parse(text) as StoredItem);
  }

  async put(item: StoredItem, body: Uint8Array | null): Promise<void> {
    await this.remove([item.id]);
    if (body) await this.#write(`${item.id}.body`, body);
    await this.#write(`${item.id}.item`, Buffer.from(JSON.stringify(item)));
  }

  async update(item: StoredItem, result?: Uint8Array | null): Promise<boolean> {
    this.#check();
    if (!existsSync(join(this.folder, `${item.id}.item`))) return false;
    if (result) await this.#write(`${item.id}.result`, result);
    if (result === null) await rm(join(this.folder, `${item.id}.result`), { force: true });
    await this.#write(`${item.id}.item`, Buffer.from(JSON.stringify(item)));
    return true;
  }

  async dropBodies(items: readonly StoredItem[]): Promise<void> {
    for (const item of items) {
      if (await this.update(item)) await rm(join(this.folder, `${item.id}.body`), { force: true });
    }
  }

  body(id: string): Promise<Uint8Array | null> {
    return this.#read(`${id}.body`);
  }

  result(id: string): Promise<Uint8Array | null> {
    return this.#read(`${id}.result`);
  }

  async remove(ids: readonly string[]): Promise<void> {
    this.#check();
    for (const id of ids) {
      for (const kind of ['item', 'body', 'result'])
        await rm(join(this.folder, `${id}.${kind}`), { force: true });
    }
  }

  /** Whole or not at all, as a database would. */
  async #write(name: string, bytes: Uint8Array): Promise<void> {
    this.#check();
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, `${name}.draft`), bytes);
    await rename(join(this.folder, `${name}.draft`), join(this.folder, name));
  }

  #check(): void {
    if (this.failure !== undefined) throw Object.assign(new Error('cannot write'), { code: this.failure });
  }

  async #read(name: string): Promise<Uint8Array | null> {
    return readFile(join(this.folder, name)).catch(() => null);
  }
}
