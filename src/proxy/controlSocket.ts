import fs from 'node:fs';
import net from 'node:net';
import { platform } from '../protocol/platform.ts';

/** Where a control socket is, and where it is said whose it is. */
export interface ControlSocketPlace {
  readonly address: string;
  /** Holds the id of the process that listens, for a window that it does not answer. */
  readonly holderFile: string;
}

export interface ControlSocketOptions {
  /** It moves with this at the next look. */
  readonly place: () => ControlSocketPlace;
  readonly accept: (socket: net.Socket) => void;
  /** Is told when the socket had to be opened again. */
  readonly reopened: () => void;
  /** Is told when that was not possible, once until it is again, or when an open socket reports an error. */
  readonly failed: (error: NodeJS.ErrnoException) => void;
}

/** A socket that listens. */
interface Opened {
  readonly place: ControlSocketPlace;
  readonly server: net.Server;
  /** Of the socket file; undefined where there is none. */
  readonly inode: bigint | undefined;
}

/**
 * The local socket that windows connect to. Only the holder of the port opens one, so whatever else lies at its
 * address is stale or foreign and is removed.
 */
export class ControlSocket {
  readonly #options: ControlSocketOptions;
  #opened: Opened | undefined;
  #isOpening = false;
  #isClosed = false;
  #hasFailed = false;

  constructor(options: ControlSocketOptions) {
    this.#options = options;
  }

  /** Begins to listen. @throws NodeJS.ErrnoException */
  async open(): Promise<void> {
    // What lies there by now may be a successor's.
    if (!this.#isClosed) await this.#listen();
  }

  /** Opens the socket again where its file was deleted or replaced, or where it has to be elsewhere by now. */
  async look(): Promise<void> {
    if (this.#isClosed || this.#isOpening) return;
    try {
      if (this.#isInPlace()) return;
      this.#shut();
      await this.#listen();
      this.#hasFailed = false;
      if (!this.#isClosed) this.#options.reopened();
    } catch (error) {
      // The folder may be gone, read-only or out of reach; attached windows are not affected, and it is tried again.
      if (!this.#hasFailed) this.#options.failed(error as NodeJS.ErrnoException);
      this.#hasFailed = true;
    }
  }

  /** Accepts no more windows and removes the files; open connections stay. */
  close(): void {
    this.#isClosed = true;
    this.#shut();
  }

  #isInPlace(): boolean {
    const { address } = this.#options.place();
    return this.#opened?.place.address === address && this.#opened.inode === inodeOf(address);
  }

  async #listen(): Promise<void> {
    this.#isOpening = true;
    try {
      const { place, accept, failed } = this.#options;
      const { address, holderFile } = place();
      if (platform.isControlAddressAFile) fs.rmSync(address, { force: true });
      // Before anybody can connect, so that whoever is not answered finds this process here and no other.
      sayWho(holderFile);
      const server = net.createServer(accept);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(address, () => {
          server.off('error', reject);
          server.on('error', failed);
          resolve();
        });
      });
      // The folder keeps others out already; the socket says so as well.
      if (platform.isControlAddressAFile) fs.chmodSync(address, 0o600);
      this.#opened = { place: { address, holderFile }, server, inode: inodeOf(address) };
    } finally {
      this.#isOpening = false;
    }
    // It was closed meanwhile: a successor may want the place.
    if (this.#isClosed) this.#shut();
  }

  #shut(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (!opened) return;
    opened.server.close();
    removeIfPossible(opened.place.holderFile);
  }
}

/** Says which process listens. Where that cannot be said, nobody else must be taken for it. */
function sayWho(holderFile: string): void {
  removeIfPossible(holderFile);
  try {
    fs.writeFileSync(holderFile, String(process.pid), { mode: 0o600, flag: 'wx' });
  } catch {
    // A full or read-only disk: half a number could be another process's.
    removeIfPossible(holderFile);
  }
}

function removeIfPossible(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // The folder is read-only or gone; who reads it makes sure that the process is ours.
  }
}

function inodeOf(address: string): bigint | undefined {
  if (!platform.isControlAddressAFile) return undefined;
  return fs.lstatSync(address, { bigint: true, throwIfNoEntry: false })?.ino;
}
