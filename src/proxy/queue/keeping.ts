import type { KeptRequest } from '../../core/keptRequests.ts';
import { shortModelName } from '../../core/modelName.ts';
import { type Preferences, parsePreferences } from '../../core/preferences.ts';
import type { RouteQuery } from '../../core/routing.ts';
import type { ClientRequest } from '../clientRequest.ts';
import { endToEndHeaders, headerValues } from '../headers.ts';
import { bodyDigest } from './bodyDigest.ts';
import type { RequestQueue } from './requestQueue.ts';

/** What the queue has to do with one request: whether it is kept when nobody serves it, or kept no longer when somebody does. */
export class Keeping {
  readonly #client: ClientRequest;
  readonly #query: RouteQuery;
  /** Undefined for requests that are never kept. */
  readonly #queue: RequestQueue | undefined;
  readonly #preferences: Preferences;
  /** Of a body that may be a kept one, computed while endpoints work on it; the commit lets go of the body. */
  readonly #digest: Promise<Buffer> | undefined;

  constructor(client: ClientRequest, query: RouteQuery, queue: RequestQueue) {
    const { body, request, isReplay } = client;
    this.#client = client;
    this.#query = query;
    this.#queue = query.route === 'messages' && body !== null && !isReplay ? queue : undefined;
    this.#preferences = parsePreferences(headerValues(request.rawHeaders, 'prefer'));
    const mayBeKept = body !== null && this.#queue?.mayHold(query.conversation ?? null, body.length);
    this.#digest = mayBeKept ? bodyDigest(body.pieces) : undefined;
  }

  /** The client takes 202 for an answer (`Prefer: respond-async`), and can have it. */
  get #isAsync(): boolean {
    return this.#preferences.respondAsync && this.#queue?.canAnswerLater === true;
  }

  /** What the client said of how long it waits, in milliseconds; at least a second, so that somebody can be asked. */
  get #waitMs(): number | undefined {
    const { waitSeconds } = this.#preferences;
    return waitSeconds === undefined ? undefined : Math.max(1, waitSeconds) * 1_000;
  }

  /**
   * How long the request may be held while no endpoint is ready, in milliseconds. One whose client fetches the answer
   * later is not held, unless it says for how long (`wait`): there is a better place for it.
   */
  patienceMs(usual: number): number {
    return this.#isAsync ? Math.min(usual, this.#waitMs ?? 0) : usual;
  }

  /** How long after its arrival the request has to have an answer, in milliseconds. */
  deadlineMs(usual: number): number {
    return this.#isAsync ? Math.min(usual, this.#waitMs ?? usual) : usual;
  }

  /** Keeps a request whose client fetches the answer later. @returns undefined when that cannot be promised */
  async forLater(): Promise<KeptRequest | undefined> {
    return this.#isAsync ? this.#keep(202, true) : undefined;
  }

  /** The client left before it heard where its answer will be. */
  async heardByNobody(kept: KeptRequest): Promise<void> {
    // Nobody else was told of it either.
    if (kept.sent === 1) await this.#queue?.remove(kept.id);
  }

  /** Keeps a request whose client has its answer: that nobody could serve it. */
  async unserved(status: number | null): Promise<void> {
    await this.#keep(status, false);
  }

  /** The request was served; if it is kept, it need not be any longer. */
  async served(): Promise<void> {
    const { body } = this.#client;
    if (this.#digest === undefined || body === null) return;
    const conversation = this.#query.conversation ?? null;
    await this.#queue?.served({ conversation, bytes: body.length, digest: this.#digest });
  }

  async #keep(status: number | null, isAsync: boolean): Promise<KeptRequest | undefined> {
    const { id, request, admitted, body } = this.#client;
    if (body === null) return undefined;
    const { model, conversation } = this.#query;
    return this.#queue?.keep(
      {
        requestId: id,
        model: model === undefined ? null : shortModelName(model),
        conversation: conversation ?? null,
        query: admitted.query,
        headers: endToEndHeaders(request.rawHeaders),
        body: body.pieces,
        bytes: body.length,
        digest: this.#digest,
      },
      { status, isAsync },
    );
  }
}
