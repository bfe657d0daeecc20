import { randomBytes } from 'node:crypto';
import type { QueueOptions } from '../../core/configuration.ts';
import {
  canAnswerLater,
  firstSent,
  type KeptRequest,
  maxStoredBytes,
  type Sending,
  sentAgain,
  wanted,
} from '../../core/keptRequests.ts';
import type { QueueItem, QueueResult, QueueStatistics, RetryOutcome } from '../../protocol/queue.ts';
import type { LogEntry } from '../../protocol/state.ts';
import { errorCodeOf } from '../errorCode.ts';
import type { RawHeaders } from '../headers.ts';
import type { ItemStore } from '../history/historyTypes.ts';
import { answerText } from './answerText.ts';
import { bodyDigest } from './bodyDigest.ts';
import type { GoneReason } from './farewells.ts';
import { type KeptAnswer, readAnswer, writeCall } from './keptContents.ts';
import { KeptItems, toldByStore } from './keptItems.ts';
import type { KeyRing } from './keyRing.ts';
import type { Replays } from './replays.ts';
import { Retries } from './retries.ts';
import { seal, unseal } from './sealing.ts';

export interface RequestQueueDeps {
  readonly items: ItemStore;
  readonly keys: KeyRing;
  readonly replays: Replays;
  readonly options: () => QueueOptions;
  readonly log: (entry: Omit<LogEntry, 'time'>) => void;
  /** Called when something has changed that windows show. */
  readonly changed: () => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back after so many milliseconds. @returns what calls that off */
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** How long a slow store may take to write how the tries stand when the process ends, in milliseconds. */
const closeMs = 5_000;

/** What a request is known again by. */
export interface RequestIdentity {
  readonly conversation: string | null;
  /** Of the body, in bytes. */
  readonly bytes: number;
  /** SHA-256 of the body. */
  readonly digest: Promise<Buffer>;
}

/** A request that nobody could serve. */
export interface UnservedRequest {
  /** What its log lines call it. */
  readonly requestId: string;
  readonly model: string | null;
  readonly conversation: string | null;
  /** With its question mark, or empty. */
  readonly query: string;
  /** Without credentials and without what belonged to the connection. */
  readonly headers: RawHeaders;
  readonly body: readonly Buffer[];
  readonly bytes: number;
  /** SHA-256 of the body, where it is known already. */
  readonly digest: Promise<Buffer> | undefined;
}

/** What somebody gets who asks for the answer to a kept request. */
export type Fetched =
  | { readonly kind: 'notYet'; readonly item: QueueItem }
  | { readonly kind: 'answer'; readonly answer: KeptAnswer }
  /** It was given up without a whole answer. */
  | { readonly kind: 'noAnswer' }
  /** There is no answer and no body either, so that none will come. */
  | { readonly kind: 'noBody' }
  /** The key of the answer is not here. */
  | { readonly kind: 'locked' }
  | { readonly kind: 'gone'; readonly reason: GoneReason | undefined };

/** Requests that could not be served, kept encrypted for another try: by hand, or by itself for who fetches the answer. */
export class RequestQueue {
  readonly #deps: RequestQueueDeps;
  readonly #kept: KeptItems;
  readonly #retries: Retries;
  /** Requests that are about to be kept. */
  readonly #arriving = new Set<UnservedRequest>();
  #enqueued = 0;
  #isClosed = false;

  /** Begins with what the store holds. */
  constructor(deps: RequestQueueDeps) {
    this.#deps = deps;
    this.#kept = new KeptItems(deps);
    this.#retries = new Retries({ ...deps, kept: this.#kept });
    void this.#kept.load().then(this.look);
  }

  get statistics(): QueueStatistics {
    return {
      items: this.#kept.all.length,
      bytes: this.#kept.bytes,
      enqueued: this.#enqueued,
      ...this.#retries.counts,
      changes: this.#kept.changes,
    };
  }

  /** Whether an answer can be promised for later, as things are. */
  get canAnswerLater(): boolean {
    return !this.#isClosed && canAnswerLater(this.#deps.options());
  }

  /** To be called when the options or the keys have changed, or the proxy has begun to serve. */
  get look(): () => void {
    return this.#retries.look;
  }

  /** True when a request that came may be one that is kept, so that it is worth knowing its body. */
  mayHold(conversation: string | null, bytes: number): boolean {
    if (!this.#kept.isLoaded) return true;
    return [...this.#kept.all, ...this.#arriving].some(
      (one) => one.bytes === bytes && one.conversation === conversation,
    );
  }

  /** True when a request that arrived is the try of a kept one. */
  isReplay(headers: RawHeaders): boolean {
    return this.#deps.replays.isReplay(headers);
  }

  /**
   * Keeps a request, or counts it where it is kept already.
   *
   * @returns what is in the store then, or undefined when it is not kept: the queue is off, or full of what is being
   *   tried, or the store does not take it
   */
  async keep(request: UnservedRequest, sending: Sending): Promise<KeptRequest | undefined> {
    const { bytes, body } = request;
    if (this.#isClosed || this.#deps.options().maxItems === 0) return undefined;
    const waiting = [...this.#arriving].reduce((sum, one) => sum + one.bytes, 0);
    if (waiting + bytes > maxStoredBytes) return undefined;
    this.#arriving.add(request);
    try {
      const digest = request.digest ?? bodyDigest(body);
      const kept = await this.#kept.inTurn(async () => this.#keep(request, await digest, sending));
      if (kept) this.#tell(request, sending);
      return kept;
    } catch (error) {
      this.#tell(request, sending, errorCodeOf(error));
      return undefined;
    } finally {
      this.#arriving.delete(request);
      this.look();
    }
  }

  /** A request was served: if it is kept, it need not be any longer. */
  async served({ conversation, bytes, digest }: RequestIdentity): Promise<void> {
    await this.#kept.inTurn(async () => {
      const kept = this.#kept.find(conversation, bytes, await digest);
      // One that has its answer stays: whoever was told where may still come for it.
      if (kept && kept.state !== 'done') await this.#kept.forget([kept.id], 'served');
    });
    this.look();
  }

  /** All, newest first. */
  list(): QueueItem[] {
    return [...this.#kept.all].sort((a, b) => b.createdAt - a.createdAt).map((kept) => this.#kept.item(kept));
  }

  /** Tries a request again as soon as that can be. */
  async retry(id: string): Promise<RetryOutcome> {
    await this.#kept.loaded;
    const kept = this.#kept.get(id);
    if (!kept) return 'gone';
    if (kept.state === 'running') return 'running';
    if (this.#isClosed || !this.#kept.item(kept).canRetry) return 'notPossible';
    this.#kept.set(wanted(kept, this.#deps.now()));
    void this.#kept.inTurn(() => this.#kept.write(id)).catch(toldByStore);
    this.look();
    return 'started';
  }

  /** Tries all again that can be. @returns how many */
  async retryAll(): Promise<number> {
    const outcomes = await Promise.all(this.list().map(({ id }) => this.retry(id)));
    return outcomes.filter((outcome) => outcome === 'started').length;
  }

  /** Forgets a request. @returns false when there is no such one */
  async remove(id: string): Promise<boolean> {
    const count = await this.#kept.inTurn(() => this.#kept.forget([id], 'removed'));
    this.look();
    return count > 0;
  }

  /** Forgets all. @returns how many there were */
  async clear(): Promise<number> {
    const everything = () => this.#kept.all.map(({ id }) => id);
    const count = await this.#kept.inTurn(() => this.#kept.forget(everything(), 'removed'));
    this.look();
    return count;
  }

  /** The answer to a request, in words, or null while there is none. @throws what the store throws */
  async result(id: string): Promise<QueueResult | null> {
    const fetched = await this.fetch(id);
    const kept = this.#kept.get(id);
    if (fetched.kind !== 'answer' || !kept) return null;
    return { item: this.#kept.item(kept), status: fetched.answer.status, text: answerText(fetched.answer) };
  }

  /** The answer to a request, as it came. @throws what the store throws */
  async fetch(id: string): Promise<Fetched> {
    await this.#kept.loaded;
    const kept = this.#kept.get(id);
    if (!kept) return { kind: 'gone', reason: this.#kept.farewell(id) };
    if (kept.state === 'pending' || kept.state === 'running') {
      return { kind: 'notYet', item: this.#kept.item(kept) };
    }
    if (kept.resultBytes === 0) return { kind: kept.bodyBytes === 0 ? 'noBody' : 'noAnswer' };
    const sealed = await this.#deps.items.result(id);
    if (!sealed) {
      await this.#forgetUnlessChanged(kept);
      return { kind: 'gone', reason: this.#kept.farewell(id) };
    }
    const opened = await unseal(sealed, { id, kind: 'result' }, this.#deps.keys);
    return opened ? { kind: 'answer', answer: readAnswer(opened) } : { kind: 'locked' };
  }

  /**
   * Ends what is being tried, to go on in the next run; resolves when all is written, or when the store takes too long
   * for that. Nothing is kept from then on.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    const written = this.#retries.stop().then(() => this.#kept.settled);
    await new Promise<unknown>((resolve, reject) => {
      const callOff = this.#deps.after(closeMs, () => resolve(undefined));
      written.then(resolve, reject).finally(callOff);
    });
  }

  async #keep(request: UnservedRequest, digest: Buffer, sending: Sending): Promise<KeptRequest | undefined> {
    const { keys, options, now } = this.#deps;
    const { conversation, model, bytes } = request;
    const known = this.#kept.find(conversation, bytes, digest);
    const { keepBodies } = options();
    // The options may have changed since somebody asked.
    if (sending.isAsync && !canAnswerLater(options())) return undefined;
    if (known && (known.bodyBytes > 0 || !keepBodies || known.state === 'done')) {
      const again = sentAgain(known, sending, options(), now());
      if (await this.#kept.change(known, again)) return again;
      await this.#kept.forget([known.id], 'elsewhere');
      return this.#keep(request, digest, sending);
    }
    const key = keys.current;
    const id = known?.id ?? randomBytes(16).toString('base64url');
    const body = keepBodies ? await seal(writeCall(request, request.body), { id, kind: 'body' }, key) : null;
    const stored = {
      fingerprint: keys.fingerprint(key.id, digest) as string,
      keyId: key.id,
      bodyBytes: body?.length ?? 0,
    };
    const kept = known
      ? { ...sentAgain(known, sending, options(), now()), ...stored }
      : firstSent({ id, model, conversation, bytes, ...stored }, sending, options(), now());
    if (!(await this.#kept.add(kept, body))) return undefined;
    if (!known) this.#enqueued += 1;
    return kept;
  }

  /** For a request that the store has no longer: another process has removed it, if nobody here has. */
  async #forgetUnlessChanged(kept: KeptRequest): Promise<void> {
    await this.#kept.inTurn(async () => {
      if (this.#kept.get(kept.id) === kept) await this.#kept.forget([kept.id], 'elsewhere');
    });
  }

  #tell({ requestId, bytes }: UnservedRequest, { status }: Sending, code?: string): void {
    this.#deps.log({
      level: code === undefined ? 'info' : 'warn',
      event: 'kept',
      requestId,
      route: 'messages',
      requestBytes: bytes,
      ...(status === null ? {} : { status }),
      ...(code === undefined ? {} : { code }),
    });
  }
}
