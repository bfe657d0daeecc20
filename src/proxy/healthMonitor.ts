import { EndpointChecks } from '../core/checkMetrics.ts';
import { type CheckNeed, checksToStart, type PlannedCheck } from '../core/checkSchedule.ts';
import type { HealthOptions } from '../core/configuration.ts';
import type { CheckHistory, CheckRecord } from '../core/healthCheck.ts';
import type { CheckState } from '../protocol/state.ts';
import type { ProbeResult } from './probe.ts';
import { WatchedEndpoint } from './watchedEndpoint.ts';

/** An endpoint that can be checked. */
export interface CheckSubject {
  readonly id: string;
  /** Host and port. */
  readonly host: string;
  readonly need: CheckNeed;
  /** When it last served a request of traffic, in milliseconds of the monotonic clock. */
  readonly lastProvedAt: number | undefined;
}

export interface HealthMonitorDeps {
  /** All endpoints of the configuration, also those that need no check. */
  readonly subjects: () => readonly CheckSubject[];
  /** Checks an endpoint. @returns null when it cannot be asked, or `signal` was aborted */
  readonly probe: (endpointId: string, signal: AbortSignal) => Promise<ProbeResult | null>;
  /** Something is to follow from a check. */
  readonly concluded: (endpointId: string, result: ProbeResult) => void;
  /** A check took place, whether anything follows from it or not. */
  readonly record: (record: CheckRecord) => void;
  /** What `stateOf` shows has changed. */
  readonly changed: () => void;
  /** A bug. */
  readonly failed: (error: unknown) => void;
  readonly options: () => HealthOptions;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Turns a time of the monotonic clock into milliseconds since 1970. */
  readonly toWall: (time: number) => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** @returns what calls it off */
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

/** Changes come in crowds; so long they are waited for, in milliseconds. */
const lookMs = 100;
/** Who comes later than this, by either clock, has slept, in milliseconds. */
const sleptMs = 30_000;
/** No check takes longer than this unless the machine slept meanwhile, in milliseconds. */
const longestMs = 90_000;

interface Running {
  readonly host: string;
  readonly controller: AbortController;
  readonly record: Promise<CheckRecord | null>;
}

interface Wanted {
  readonly record: Promise<CheckRecord | null>;
  readonly resolve: (record: CheckRecord | null | Promise<CheckRecord | null>) => void;
}

/** Checks endpoints when it is time to (`core/checkSchedule.ts`), and when somebody asks for it. */
export class HealthMonitor {
  readonly #deps: HealthMonitorDeps;
  readonly #watched = new Map<string, WatchedEndpoint>();
  readonly #running = new Map<string, Running>();
  /** Asked for by hand, and not begun because of others. */
  readonly #wanted = new Map<string, Wanted>();
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  /** From the monotonic clock to the wall clock: grows while the machine sleeps, where the former stands still then. */
  #offset: number;
  #tokens = 0;
  #wasOn = true;
  #isStopped = false;

  constructor(deps: HealthMonitorDeps) {
    this.#deps = deps;
    this.#offset = deps.now() - deps.clock();
  }

  /** Tokens that checks have used since the process started. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Something has changed by which another check may be due. */
  readonly look = (): void => {
    if (this.#isStopped) return;
    const at = this.#deps.clock() + lookMs;
    if (this.#timer === undefined || this.#timer.at > at) this.#wake(at);
  };

  /**
   * Checks an endpoint now, whether checks are on or not, or as soon as no other one of its host is being checked. A
   * check that runs is joined.
   *
   * @returns null when nothing came of it
   */
  checkNow(endpointId: string): Promise<CheckRecord | null> {
    if (this.#isStopped) return Promise.resolve(null);
    const running = this.#running.get(endpointId);
    if (running && !running.controller.signal.aborted) return running.record;
    const known = this.#wanted.get(endpointId);
    if (known) return known.record;
    const wanted = newWanted();
    this.#wanted.set(endpointId, wanted);
    this.#plan();
    return wanted.record;
  }

  /** How an endpoint is checked and how that went, for the published state. */
  stateOf(endpointId: string): CheckState {
    const { options, toWall } = this.#deps;
    const watched = this.#watched.get(endpointId);
    const isRunning = this.#isAtIt(endpointId);
    const dueAt = options().enabled && !isRunning ? watched?.dueAt(this.#intervalMs) : undefined;
    const checks = watched?.checks ?? new EndpointChecks();
    return {
      last: checks.last,
      isRunning,
      nextAt: dueAt === undefined ? null : toWall(dueAt),
      isRefused: watched?.isRefused ?? false,
      metrics: checks.metrics,
    };
  }

  /** Takes over what earlier processes have seen. */
  restore(histories: readonly CheckHistory[]): void {
    const { clock, now } = this.#deps;
    for (const history of histories) {
      const at = history.last.at(-1)?.at;
      const age = at === undefined ? undefined : Math.max(0, now() - at);
      this.#of(history.endpointId).restore(history, age === undefined ? undefined : clock() - age);
    }
    this.look();
  }

  /** An endpoint has another address or key: what was seen of it stays, but says nothing of how to check it. */
  forget(endpointId: string): void {
    this.#running.get(endpointId)?.controller.abort();
    this.#watched.get(endpointId)?.isNew();
    this.look();
  }

  /** Lets go of all other endpoints. */
  retain(endpointIds: ReadonlySet<string>): void {
    for (const id of this.#watched.keys()) {
      if (endpointIds.has(id)) continue;
      this.#running.get(id)?.controller.abort();
      this.#watched.delete(id);
    }
    this.look();
  }

  /** Ends all checks at once. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const { controller } of this.#running.values()) controller.abort();
    for (const { resolve } of this.#wanted.values()) resolve(null);
    this.#wanted.clear();
  }

  get #intervalMs(): number {
    return this.#deps.options().intervalSeconds * 1_000;
  }

  #of(endpointId: string): WatchedEndpoint {
    const watched = this.#watched.get(endpointId) ?? new WatchedEndpoint();
    this.#watched.set(endpointId, watched);
    return watched;
  }

  #isAtIt(endpointId: string): boolean {
    return this.#running.has(endpointId) || this.#wanted.has(endpointId);
  }

  /** Begins what is due, and sees to it that the next one will be. */
  readonly #plan = (): void => {
    if (this.#isStopped) return;
    const { subjects, options, clock, random, changed } = this.#deps;
    const now = clock();
    const all = subjects();
    for (const { id, need, lastProvedAt } of all) this.#of(id).sees(need, lastProvedAt, now, random);
    const { enabled } = options();
    // All that was due meanwhile would begin at once.
    if (this.#hasSlept() || (enabled && !this.#wasOn)) {
      for (const watched of this.#watched.values()) watched.planAnew(now, random());
    }
    this.#wasOn = enabled;
    const ids = new Set(all.map(({ id }) => id));
    for (const [id, { resolve }] of this.#wanted) {
      if (ids.has(id)) continue;
      this.#wanted.delete(id);
      resolve(null);
    }
    const planned = all.flatMap((subject) => this.#planned(subject));
    const busyHosts = [...this.#running.values()].map(({ host }) => host);
    const started = checksToStart(planned, busyHosts, now);
    for (const { subject } of started) this.#start(subject);
    if (started.length > 0) changed();
    this.#timer?.cancel();
    this.#timer = undefined;
    // What is due and could not begin waits for one that runs, the end of which leads here again.
    const next = Math.min(...planned.map(({ dueAt }) => dueAt).filter((dueAt) => dueAt > now));
    if (next !== Number.POSITIVE_INFINITY) this.#wake(next);
  };

  /** The next check of an endpoint, unless there is none. */
  #planned(subject: CheckSubject): readonly (PlannedCheck & { readonly subject: CheckSubject })[] {
    const { id, host } = subject;
    if (this.#running.has(id)) return [];
    const isOn = this.#deps.options().enabled;
    const byItself = isOn ? this.#watched.get(id)?.dueAt(this.#intervalMs) : undefined;
    const dueAt = this.#wanted.has(id) ? Number.NEGATIVE_INFINITY : byItself;
    return dueAt === undefined ? [] : [{ endpointId: id, host, dueAt, subject }];
  }

  #wake(at: number): void {
    const { clock, setTimer } = this.#deps;
    this.#timer?.cancel();
    this.#timer = { at, cancel: setTimer(this.#plan, Math.max(0, at - clock())) };
  }

  /** Whether the machine, or this process, stood still since the last look. */
  #hasSlept(): boolean {
    const { clock, now } = this.#deps;
    const drift = now() - clock() - this.#offset;
    this.#offset += drift;
    const lateness = this.#timer === undefined ? 0 : clock() - this.#timer.at;
    return Math.max(drift, lateness) > sleptMs;
  }

  #start(subject: CheckSubject): void {
    const { id, host } = subject;
    const { clock, random, changed } = this.#deps;
    const wanted = this.#wanted.get(id);
    this.#wanted.delete(id);
    const controller = new AbortController();
    const watched = this.#of(id);
    const record = this.#check(subject, watched, controller.signal, wanted !== undefined).finally(() => {
      this.#running.delete(id);
      // What an aborted one was about is no more.
      if (!controller.signal.aborted) watched.wasChecked(clock(), random());
      changed();
      this.#plan();
    });
    this.#running.set(id, { host, controller, record });
    wanted?.resolve(record);
  }

  /** One check, with whatever follows from it. Never rejects. */
  async #check(
    { id, need }: CheckSubject,
    watched: WatchedEndpoint,
    signal: AbortSignal,
    manual: boolean,
  ): Promise<CheckRecord | null> {
    const isInService = need !== 'out' && need !== 'outForKey';
    try {
      let result = await this.#probe(id, signal);
      if (result?.class === 'wrongAnswer' && isInService) {
        // A model may blunder once. It is taken out for what it does again.
        this.#take(id, watched, result, manual);
        result = await this.#probe(id, signal);
      }
      if (!result) return null;
      const record = this.#take(id, watched, result, manual);
      // What nobody asked for any more is shown, but takes nobody out: no check would ever take it back.
      if (manual || this.#deps.options().enabled) this.#deps.concluded(id, result);
      return record;
    } catch (error) {
      this.#deps.failed(error);
      return null;
    }
  }

  /** @returns null also when the machine slept meanwhile: what broke then says nothing about the endpoint */
  async #probe(endpointId: string, signal: AbortSignal): Promise<ProbeResult | null> {
    const { probe, clock, now } = this.#deps;
    const [startedAt, wallStartedAt] = [clock(), now()];
    const result = await probe(endpointId, signal);
    const [tookMs, wallTookMs] = [clock() - startedAt, now() - wallStartedAt];
    const hasSlept = tookMs > longestMs || wallTookMs - tookMs > sleptMs;
    return signal.aborted || hasSlept ? null : result;
  }

  #take(id: string, watched: WatchedEndpoint, result: ProbeResult, manual: boolean): CheckRecord {
    const { clock, now, record: keep } = this.#deps;
    const { verdict: _verdict, retryAfterMs, isLookup: _isLookup, headers: _headers, ...shown } = result;
    const record: CheckRecord = { ...shown, endpointId: id, at: now(), manual };
    this.#tokens += record.tokens;
    watched.take(record, retryAfterMs, clock());
    keep(record);
    return record;
  }
}

function newWanted(): Wanted {
  let resolve: Wanted['resolve'] = () => undefined;
  const record = new Promise<CheckRecord | null>((settle) => {
    resolve = settle;
  });
  return { record, resolve };
}
