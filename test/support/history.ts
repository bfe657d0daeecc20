import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import { comesFrom, isOwnError } from './answerBytes.ts';
import type { Scope } from './scope.ts';
import { waitFor } from './waitFor.ts';

/*
 * What clients and upstreams saw of each other through a proxy, and the rules that hold for every request whatever
 * a test is about: no bytes of two endpoints in one response, no attempt after bytes were passed on or after the end,
 * every request has one end, and nothing goes on at an upstream that no client waits for.
 */

/** Marks the requests of `proxyClient.ts`; it goes upstream as any header does and is taken off before tests see it. */
export const callHeader = 'x-test-call';

/** Bytes of an answer in latin-1, the first 256 KB of them. */
export class RecordedBytes {
  static readonly limit = 256 * 1024;
  #pieces: string[] = [];
  #length = 0;
  #whole = true;

  /** False when there were more than are kept. */
  get whole(): boolean {
    return this.#whole;
  }

  add(bytes: string | Buffer): void {
    const room = RecordedBytes.limit - this.#length;
    const text = Buffer.from(bytes).subarray(0, room).toString('latin1');
    if (Buffer.byteLength(bytes) > room) this.#whole = false;
    this.#pieces.push(text);
    this.#length += text.length;
  }

  text(): string {
    this.#pieces = [this.#pieces.join('')];
    return this.#pieces[0] ?? '';
  }

  /** Lets go of what was kept. */
  clear(): void {
    this.#pieces = [];
  }
}

/** A request as it arrived at an upstream, and what was answered. */
export interface Receipt {
  readonly port: number;
  readonly bytes: RecordedBytes;
  /** True until the script is through or the connection is closed. */
  open: boolean;
}

/** A request of a client and what came back. */
export interface Delivery {
  readonly label: string;
  readonly bytes: RecordedBytes;
  status: number | undefined;
  isEventStream: boolean;
  /** `broken` also for a client that left by itself. */
  end: 'open' | 'clean' | 'broken';
}

/** How a client tells of one call. */
export interface RecordedCall {
  /** For the header `callHeader`. */
  readonly value: string;
  sent(request: http.ClientRequest): void;
  /** The client has begun to read: what is read here as well must not flow before. */
  reading(response: http.IncomingMessage): void;
}

/** What is read of a server's log line. */
interface LoggedLine {
  readonly event?: unknown;
  readonly requestId?: unknown;
  readonly endpoint?: unknown;
  readonly outcome?: unknown;
  readonly attempt?: unknown;
}

/** A server whose work is recorded. */
export interface RecordedServer {
  /** Its log so far. */
  lines(): readonly LoggedLine[];
  /** True when it has ended, which ends everything at the upstreams too. */
  isOver(): boolean;
}

const histories = new WeakMap<Scope, History>();

/** The history of everything that was started for one scope. */
export function historyOf(scope: Scope): History {
  const known = histories.get(scope) ?? new History();
  histories.set(scope, known);
  return known;
}

export class History {
  readonly #id = randomUUID();
  readonly #deliveries = new Map<number, Delivery>();
  readonly #leaving = new Map<number, () => void>();
  readonly #receipts = new Map<number, Receipt[]>();
  /** Ports by the name that an endpoint has in config files. */
  readonly #names = new Map<string, number>();
  readonly #servers: RecordedServer[] = [];
  readonly #violations: string[] = [];
  #calls = 0;

  /** A server has been started. */
  serving(server: RecordedServer): void {
    this.#servers.push(server);
  }

  /** An upstream has a name in config files. */
  named(name: string, port: number): void {
    this.#names.set(name, port);
  }

  /** A request has arrived at an upstream. @param call the value of `callHeader`; without one nothing is recorded */
  arrived(port: number, call: string | undefined): Receipt | undefined {
    const [id, number] = call?.split('/') ?? [];
    // An upstream can serve proxies whose clients belong to another history.
    if (id !== this.#id || number === undefined) return undefined;
    const receipt: Receipt = { port, bytes: new RecordedBytes(), open: true };
    const delivery = this.#deliveries.get(Number(number));
    if (delivery?.end === 'clean') {
      this.#violations.push(`${delivery.label}: arrived at upstream ${port} after it had been answered`);
    }
    const receipts = this.#receipts.get(Number(number)) ?? [];
    this.#receipts.set(Number(number), [...receipts, receipt]);
    return receipt;
  }

  /** A client is about to send a request. */
  sending(label: string): RecordedCall {
    this.#calls += 1;
    const call = this.#calls;
    const delivery: Delivery = {
      label: `call ${call} (${label})`,
      bytes: new RecordedBytes(),
      status: undefined,
      isEventStream: false,
      end: 'open',
    };
    this.#deliveries.set(call, delivery);
    return {
      value: `${this.#id}/${call}`,
      sent: (request) => {
        this.#leaving.set(call, () => request.destroy());
        request.once('close', () => this.#ended(call, 'broken'));
      },
      reading: (response) => {
        delivery.status = response.statusCode;
        delivery.isEventStream = /^text\/event-stream/.test(response.headers['content-type'] ?? '');
        response.on('data', (bytes: Buffer) => delivery.bytes.add(bytes));
        response.once('end', () => this.#ended(call, response.complete ? 'clean' : 'broken'));
      },
    };
  }

  /**
   * Lets all clients leave, waits until upstreams and log have noticed, and tells in words which rules were broken.
   * It is asked for before the server is ended by force.
   *
   * @param patienceMs how long what nobody waits for may go on
   */
  async violations(patienceMs = 5000): Promise<string[]> {
    for (const leave of this.#leaving.values()) leave();
    const isQuiet = () => this.#unfinished().length === 0 && this.#unlogged().length === 0;
    const isOver = () => this.#servers.every((server) => server.isOver());
    await waitFor('rest', () => isQuiet() || isOver() || undefined, patienceMs, 5).catch(() => undefined);
    const unfinished = isOver() ? [] : this.#unfinished();
    return [...this.#violations, ...unfinished, ...this.#unlogged(), ...goneOn(this.#lines())];
  }

  #ended(call: number, end: 'clean' | 'broken'): void {
    const delivery = this.#deliveries.get(call);
    if (delivery?.end !== 'open') return;
    delivery.end = end;
    this.#leaving.delete(call);
    this.#judge(delivery, this.#receipts.get(call) ?? []);
    delivery.bytes.clear();
    for (const receipt of this.#receipts.get(call) ?? []) receipt.bytes.clear();
  }

  #judge(delivery: Delivery, receipts: readonly Receipt[]): void {
    const { status, label } = delivery;
    if (status === undefined || delivery.bytes.text() === '' || receipts.length === 0) return;
    if (isOwnError(delivery)) return;
    const origins = receipts.filter((receipt) => comesFrom(delivery, receipt));
    if (origins.length === 0) {
      this.#violations.push(`${label}: got status ${status} and bytes that no single upstream has sent`);
    } else if (status < 300 && !origins.includes(receipts.at(-1) as Receipt)) {
      this.#violations.push(`${label}: was tried again after bytes had been passed on`);
    }
  }

  /** Requests that are still being answered. */
  #unfinished(): string[] {
    return [...this.#receipts].flatMap(([call, receipts]) =>
      receipts
        .filter((receipt) => receipt.open)
        .map(({ port }) => `${this.#label(call)}: goes on at upstream ${port} though its client has gone`),
    );
  }

  /** Requests that arrived more often at an upstream than the log tells of. */
  #unlogged(): string[] {
    const lines = this.#lines().filter((line) => line.event === 'attempt');
    const receipts = [...this.#receipts.values()].flat();
    return [...new Set(this.#names.values())].flatMap((port) => {
      const logged = lines.filter((line) => this.#names.get(String(line.endpoint)) === port).length;
      const arrived = receipts.filter((receipt) => receipt.port === port).length;
      return arrived > logged ? [`upstream ${port}: ${arrived} requests arrived, the log has ${logged}`] : [];
    });
  }

  #lines(): LoggedLine[] {
    return this.#servers.flatMap((server) => server.lines());
  }

  #label(call: number): string {
    return this.#deliveries.get(call)?.label ?? `call ${call}`;
  }
}

/** Requests that went on after their end, or skipped a number. */
function goneOn(lines: readonly LoggedLine[]): string[] {
  const attempts = new Map<string, LoggedLine[]>();
  for (const line of lines) {
    if (line.event !== 'attempt') continue;
    const id = String(line.requestId);
    attempts.set(id, [...(attempts.get(id) ?? []), line]);
  }
  return [...attempts].flatMap(([id, steps]) => {
    const outcomes = steps.map((step) => String(step.outcome));
    const found: string[] = [];
    if (outcomes.slice(0, -1).some((outcome) => outcome !== 'failed')) {
      found.push(`${id}: went on after its end (${outcomes})`);
    }
    if (steps.some((step, index) => step.attempt !== undefined && step.attempt !== index + 1)) {
      found.push(`${id}: its attempts are numbered ${steps.map((step) => step.attempt)}`);
    }
    return found;
  });
}
