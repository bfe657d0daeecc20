import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import type { ConfigurationContents, RevisionCause } from '../../core/configuration.ts';
import type { ConfigurationEdit } from '../../core/configurationEdits.ts';
import { type ChoiceParams, claimNoticeRequest, resetEndpointRequest } from '../../protocol/control.ts';
import type { EditOutcome, ResetOutcome } from '../actions.ts';
import type { Connection } from './connection.ts';
import { type ChoiceOutcome, DocumentChoice, type Rivals } from './documentChoice.ts';
import { DocumentEdits } from './documentEdits.ts';
import { DocumentMirror } from './documentMirror.ts';
import { Lease } from './lease.ts';
import type { LinkHost } from './linkHost.ts';
import { needsChoice } from './linkStatus.ts';

/**
 * Keeps one window attached to the proxy process and its document the one that the proxy holds. Every window does the
 * same; that they do not end up with two processes is settled by the port.
 */
export class ProxyLink {
  readonly #mirror: DocumentMirror;
  readonly #lease: Lease;
  readonly #choice: DocumentChoice;
  readonly #edits: DocumentEdits;

  constructor(host: LinkHost) {
    const { putAside } = host;
    const mirror = new DocumentMirror(host.store, {
      changed: host.onDocument,
      replaced: (document) => host.onReplaced(document, this.#choice.isBeingMade),
      apart: () => this.#lease.storedApartChanged(),
    });
    const attached = () => this.#lease.connection;
    const attach = () => this.attach();
    this.#mirror = mirror;
    this.#lease = new Lease(host, mirror, {
      status: host.onStatus,
      refused: (rivals) => {
        this.#choice.refused = rivals;
      },
    });
    const connect = () => this.#lease.connectOnce();
    this.#choice = new DocumentChoice({ mirror, putAside, attached, connect, attach });
    this.#edits = new DocumentEdits({ mirror, putAside, status: () => this.#lease.status, attached, attach });
  }

  /** Attaches and stays attached. @param wanted false to follow other windows only, and start no proxy */
  start(wanted: boolean): void {
    this.#lease.start(wanted);
  }

  /** Resolves when attached, or with false when that cannot be reached as things are. */
  attach(): Promise<boolean> {
    return this.#lease.attach();
  }

  /** Ends the proxy, for all windows; none of them starts it again by itself. */
  stop(): Promise<void> {
    return this.#lease.stop();
  }

  /** Ends the proxy and starts a new one. */
  restart(): Promise<void> {
    return this.#lease.restart();
  }

  /** Acts on changed settings: tells the proxy, and leaves it if it does not move to the port that is wanted. */
  settingsChanged(): Promise<void> {
    return this.#lease.settingsChanged();
  }

  /** What holds, as far as this window knows: what the proxy said last, or what is stored. */
  contents(): ConfigurationContents | undefined {
    return this.#mirror.current;
  }

  /** Makes a change through the proxy, and again on what another window was faster with. */
  edit(edit: ConfigurationEdit, cause: RevisionCause = 'edit'): Promise<EditOutcome> {
    return this.#edits.make(edit, cause);
  }

  /** See `Actions.rivals`. */
  rivals(): Rivals | undefined {
    return needsChoice(this.#lease.status) ? this.#choice.rivals : undefined;
  }

  /** See `Actions.choose`. */
  choose(choice: ChoiceParams['choice'], seen: Rivals): Promise<ChoiceOutcome> {
    return this.#choice.make(choice, seen);
  }

  /** Has the proxy forget what it holds against an endpoint. A process that is not there remembers nothing. */
  async resetEndpoint(endpointId: string): Promise<ResetOutcome> {
    const known = await this.ask((connection) => connection.ask(resetEndpointRequest, endpointId));
    if (known === undefined) return { ok: false, problem: 'notAttached' };
    return known ? { ok: true } : { ok: false, problem: 'endpointGone' };
  }

  /** True when this window is the one to tell the user of something; false also when no proxy can say so. */
  async claimNotice(key: string): Promise<boolean> {
    return (await this.ask((connection) => connection.ask(claimNoticeRequest, key))) ?? false;
  }

  /** Asks the proxy; undefined when none is attached or the connection breaks. Its own errors are bugs of ours. */
  async ask<T>(request: (connection: Connection) => Promise<T>): Promise<T | undefined> {
    const { connection } = this.#lease;
    if (!connection) return undefined;
    try {
      return await request(connection);
    } catch (error) {
      if (error instanceof ResponseError && error.code === ErrorCodes.InternalError) throw error;
      return undefined;
    }
  }

  /** Gives up the lease and starts nothing more. The proxy itself ends when no window is left. */
  async dispose(): Promise<void> {
    await this.#lease.end();
    await this.#mirror.idle();
  }
}
