import fs from 'node:fs';
import net from 'node:net';

/** How often the socket file is looked at: it can be deleted or replaced by anything that cleans up. */
const watchIntervalMs = 5_000;

/**
 * The local socket that windows connect to. Only the holder of the port opens one, so whatever else lies at its
 * address is stale or foreign and is removed.
 */
export class ControlSocket {
  readonly #address: string;
  readonly #accept: (socket: net.Socket) => void;
  readonly #reopened: () => void;
  readonly #failed: (error: NodeJS.ErrnoException) => void;
  #server: net.Server | undefined;
  #inode: bigint | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param reopened is told when the socket had to be opened again
   * @param failed is told when that was not possible, or an open socket reports an error
   */
  constructor(
    address: string,
    accept: (socket: net.Socket) => void,
    reopened: () => void,
    failed: (error: NodeJS.ErrnoException) => void,
  ) {
    this.#address = address;
    this.#accept = accept;
    this.#reopened = reopened;
    this.#failed = failed;
  }

  async open(): Promise<void> {
    await this.#listen();
    // A named pipe of Windows has no file that could be lost.
    if (process.platform === 'win32') return;
    this.#timer = setInterval(() => void this.#watch(), watchIntervalMs);
    this.#timer.unref();
  }

  /** Accepts no more windows and removes the file; open connections stay. */
  close(): void {
    clearInterval(this.#timer);
    this.#server?.close();
    this.#server = undefined;
  }

  async #listen(): Promise<void> {
    if (process.platform !== 'win32') fs.rmSync(this.#address, { force: true });
    const server = net.createServer(this.#accept);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#address, () => {
        server.off('error', reject);
        server.on('error', this.#failed);
        resolve();
      });
    });
    // The folder keeps others out already; the socket says so as well.
    if (process.platform !== 'win32') fs.chmodSync(this.#address, 0o600);
    this.#server = server;
    this.#inode = inodeOf(this.#address);
  }

  async #watch(): Promise<void> {
    try {
      if (inodeOf(this.#address) === this.#inode) return;
      this.#server?.close();
      await this.#listen();
      this.#reopened();
    } catch (error) {
      // The folder may be gone, read-only or out of reach; attached windows are not affected, and it is tried again.
      this.#failed(error as NodeJS.ErrnoException);
    }
  }
}

function inodeOf(file: string): bigint | undefined {
  return fs.lstatSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}
