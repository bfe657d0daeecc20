import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigurationDocument } from '../../src/core/configuration.ts';
import type { ConfigurationVersion } from '../../src/core/configurationVersions.ts';
import { ConfigurationHistory } from '../../src/extension/configurationHistory.ts';
import { defaultSettings } from '../../src/extension/contributions.ts';
import { type DocumentStore, StoredApartError } from '../../src/extension/proxyLink/documentMirror.ts';
import type { LinkStatus } from '../../src/extension/proxyLink/linkStatus.ts';
import { ProxyLink } from '../../src/extension/proxyLink/proxyLink.ts';
import { storageVerdict } from '../../src/extension/storedDocument.ts';
import type { Overrides } from '../../src/protocol/control.ts';
import { openHome } from '../../src/protocol/home.ts';
import type { LogEntry, ProxyState } from '../../src/protocol/state.ts';
import { waitFor } from './waitFor.ts';

/** The bundle that the extension starts. */
export const proxyScript = fileURLToPath(new URL('../../dist/proxy.cjs', import.meta.url));

/** A state folder of its own under a short path, since socket paths are limited. */
export function temporaryHome(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'qcc-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Where a window keeps its document; windows of one editor share one. */
export interface SharedStore {
  document: ConfigurationDocument | null;
  saves: number;
  /** The history of the configuration. */
  versions?: readonly ConfigurationVersion[];
  /** What kept requests are encrypted with, once there is such a key. */
  queueKey?: string;
}

export interface LinkedWindowOptions {
  readonly home: string;
  readonly port: number;
  readonly store?: SharedStore;
  readonly script?: string;
  /** Is told of everything that is recorded, as it happens. */
  readonly heard?: (event: WindowEvent) => void;
  /** Of the build that the window runs; default: the one in `dist`. */
  readonly version?: string;
}

/** Something that a window records. */
export type WindowEvent =
  | { readonly status: LinkStatus }
  | { readonly entry: LogEntry }
  | { readonly error: unknown };

const builtVersion: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version;

/** A window as far as the proxy can tell: the extension's own link, with its events recorded. */
export class LinkedWindow {
  readonly link: ProxyLink;
  readonly store: SharedStore;
  /** How the link reaches the store; a test may put something else in. */
  readonly storeAccess: DocumentStore;
  /** The history that all windows of its editor keep. */
  readonly history: ConfigurationHistory;
  /** What took the place of this window's document by a choice, and whether that was made here. */
  readonly replacements: { readonly document: ConfigurationDocument; readonly isChosenHere: boolean }[] = [];
  readonly statuses: LinkStatus[] = [];
  readonly log: LogEntry[] = [];
  readonly errors: unknown[] = [];
  /** Every document that a view would have shown. */
  readonly documents: ConfigurationDocument[] = [];
  state: ProxyState | null = null;
  port: number;
  home: string;
  /** What the window tells the proxy of `qcc.routing.*`. */
  routing = defaultSettings.routing;
  /** What it tells of the other groups of settings that hold instead of the document's. */
  overrides: Omit<Overrides, 'routing'> = {
    health: defaultSettings.health,
    queue: defaultSettings.queue,
    history: defaultSettings.history,
    usage: defaultSettings.usage,
  };

  constructor(options: LinkedWindowOptions) {
    this.port = options.port;
    this.home = options.home;
    const store = options.store ?? { document: null, saves: 0 };
    this.store = store;
    this.history = new ConfigurationHistory({
      store: {
        read: async () => store.versions ?? [],
        write: async (versions) => {
          store.versions = versions;
        },
      },
      now: Date.now,
      onError: (error) => this.errors.push(error),
    });
    this.storeAccess = {
      load: async () => store.document,
      save: async (document, displaced) => {
        // As an editor's stores do it.
        const earlier = store.document ?? undefined;
        const verdict = storageVerdict(document, earlier, displaced);
        if (verdict === 'skip') return;
        if (earlier && verdict === 'conflict') throw new StoredApartError(earlier);
        if (earlier && verdict === 'replace') {
          const kept = [...displaced, earlier].map((given) => this.history.putAside(given));
          await Promise.all(kept).catch(() => {
            throw new StoredApartError(earlier);
          });
        }
        store.document = document;
        store.saves += 1;
      },
    };
    this.link = new ProxyLink({
      openHome: () => openHome(this.home),
      port: () => this.port,
      version: options.version ?? builtVersion,
      settings: () => ({
        network: { proxyUrl: null, noProxy: [], strictSsl: true, systemCertificates: false },
        requireToken: true,
        port: this.port,
        routing: this.routing,
        ...this.overrides,
      }),
      script: options.script ?? proxyScript,
      store: this.storeAccess,
      queueKey: {
        read: async () => store.queueKey ?? null,
        store: async (key) => {
          store.queueKey ??= key;
        },
      },
      onStatus: (status) => {
        this.statuses.push(status);
        options.heard?.({ status });
      },
      onDocument: (document) => {
        this.history.follow(document);
        this.documents.push(document);
      },
      putAside: (document) => this.history.putAside(document),
      onReplaced: (document, isChosenHere) => this.replacements.push({ document, isChosenHere }),
      onState: (state) => {
        this.state = state;
      },
      onLog: (entry) => {
        this.log.push(entry);
        options.heard?.({ entry });
      },
      onError: (error) => {
        this.errors.push(error);
        options.heard?.({ error });
      },
    });
  }

  get status(): LinkStatus | undefined {
    return this.statuses.at(-1);
  }

  /** Resolves when the link is of this kind. */
  async reaches(kind: LinkStatus['kind'], timeoutMs = 15_000): Promise<void> {
    await waitFor(`the link is ${kind}`, () => this.status?.kind === kind || undefined, timeoutMs, 10);
  }

  /** Resolves with the pid of the proxy that this window is attached to. */
  async proxyPid(): Promise<number> {
    await this.reaches('attached');
    const state = await waitFor('the proxy publishes its state', () => this.state ?? undefined);
    return state.pid;
  }
}

/** A port that was free a moment ago; with `wanted`, that one or an exception. */
export async function freePort(wanted = 0): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Pids of the proxies that run on a state folder, from the operating system. Linux only. */
export function proxiesOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLine(pid).includes(home))
    .map(Number);
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It ended since the folder was read.
    return [];
  }
}
