import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import {
  type ConfigurationDocument,
  isPristine,
  kinshipOf,
  type RevisionCause,
  revisionIdOf,
} from '../../core/configuration.ts';
import type { ConfigurationEdit } from '../../core/configurationEdits.ts';
import type { ChangeResult } from '../../protocol/control.ts';
import type { EditOutcome } from '../actions.ts';
import type { Connection } from './connection.ts';
import type { DocumentMirror } from './documentMirror.ts';
import type { LinkStatus } from './linkStatus.ts';

/** How long an edit is made again when the proxy goes away in the middle of it, in milliseconds. */
const patienceMs = 10_000;

/** What edits need from their link. */
export interface EditHost {
  readonly mirror: DocumentMirror;
  /** Keeps a document in the history. @throws when it is not safe there */
  readonly putAside: (document: ConfigurationDocument) => Promise<void>;
  readonly status: () => LinkStatus;
  /** The connection that is the lease, if there is one. */
  readonly attached: () => Connection | undefined;
  /** See `ProxyLink.attach`. */
  readonly attach: () => Promise<boolean>;
}

/** Makes changes of the document through the proxy, which puts those of all windows in order. */
export class DocumentEdits {
  readonly #host: EditHost;

  constructor(host: EditHost) {
    this.#host = host;
  }

  /** See `Actions.edit`. What another window was faster with is edited in its turn. */
  async make(edit: ConfigurationEdit, cause: RevisionCause): Promise<EditOutcome> {
    const { mirror, status, attached, attach } = this.#host;
    const deadline = performance.now() + patienceMs;
    let meantFor: ConfigurationDocument | undefined;
    for (;;) {
      if (!attached() && status().kind !== 'otherStore') await attach();
      if (status().kind === 'otherStore') return { ok: false, problem: 'otherStore' };
      const connection = attached();
      const document = mirror.current;
      if (!connection || !document) break;
      // What was meant for one editor's configuration is not done to another one's. An empty one gives way to any.
      meantFor ??= document;
      if (isReplaced(meantFor, document)) return { ok: false, problem: 'replaced' };
      const edited = edit(document);
      if (!edited.ok) return edited;
      let result: ChangeResult;
      try {
        result = await connection.change({
          basedOn: revisionIdOf(document),
          contents: edited.contents,
          cause,
        });
      } catch (error) {
        // What the proxy itself refuses is a bug of ours, and would be refused again.
        if (error instanceof ResponseError && error.code === ErrorCodes.InternalError) throw error;
        // The connection broke in the middle. An edit can be made twice, so it is simply made again.
        connection.close();
        await connection.closed;
        if (performance.now() > deadline) break;
        continue;
      }
      try {
        if (!(await this.#isStored(document, result))) return { ok: false, problem: 'replaced' };
      } catch {
        return { ok: false, problem: 'notStored' };
      }
      if (result.accepted) return { ok: true };
    }
    return { ok: false, problem: 'notAttached' };
  }

  /**
   * Keeps what a change has led to.
   *
   * @returns false when the proxy has said meanwhile that another document has taken its place; it is in the history then
   * @throws when it was not stored
   */
  async #isStored(before: ConfigurationDocument, result: ChangeResult): Promise<boolean> {
    const { mirror, putAside } = this.#host;
    const { current } = mirror;
    if (current && isReplaced(before, current)) {
      if (result.accepted) await putAside(result.document);
      return false;
    }
    await mirror.adopt(result.document);
    return true;
  }
}

/** True when `now` neither comes from `before` nor the other way round, and `before` was not merely empty. */
function isReplaced(before: ConfigurationDocument, now: ConfigurationDocument): boolean {
  return !isPristine(before) && kinshipOf(now, before) === 'unrelated';
}
