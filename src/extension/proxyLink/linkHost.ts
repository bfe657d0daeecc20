import type { ConfigurationDocument } from '../../core/configuration.ts';
import type { ProxySettings } from '../../protocol/control.ts';
import type { Home } from '../../protocol/home.ts';
import type { LogEntry, ProxyState } from '../../protocol/state.ts';
import type { QueueKey } from '../queueKey.ts';
import type { DocumentStore } from './documentMirror.ts';
import type { LinkStatus } from './linkStatus.ts';

/** What the link needs from its window. */
export interface LinkHost {
  /** The folder shared with the proxy. @throws HomeError */
  readonly openHome: () => Home;
  readonly port: () => number;
  /** Of the build that this window runs. */
  readonly version: string;
  readonly settings: () => ProxySettings;
  /** The bundled proxy. */
  readonly script: string;
  readonly store: DocumentStore;
  readonly queueKey: QueueKey;
  readonly onStatus: (status: LinkStatus) => void;
  /** The newest document that is known: what is stored at first, then what the proxy says. */
  readonly onDocument: (document: ConfigurationDocument) => void;
  /** Keeps a document in the history. @throws when it is not safe there with all its keys */
  readonly putAside: (document: ConfigurationDocument) => Promise<void>;
  /**
   * The user has decided for this document, which does not come from the one before; that one is in the history.
   * `isChosenHere` in the window where he did.
   */
  readonly onReplaced: (document: ConfigurationDocument, isChosenHere: boolean) => void;
  readonly onState: (state: ProxyState | null) => void;
  readonly onLog: (entry: LogEntry) => void;
  /** Something happened that should not; the link goes on. */
  readonly onError: (error: unknown) => void;
}
