import { EndpointChecks } from '../core/checkMetrics.ts';
import { type CheckNeed, checkDueAt } from '../core/checkSchedule.ts';
import type { CheckHistory, CheckRecord } from '../core/healthCheck.ts';

/** No endpoint is left alone for longer because it asks for it, in milliseconds. */
const maxRestMs = 3_600_000;

/** What the monitor knows of one endpoint. Times are milliseconds of the monotonic clock. */
export class WatchedEndpoint {
  #checks = new EndpointChecks();
  #need: CheckNeed | undefined;
  #since = 0;
  /** Decides the jitter of the next check. */
  #draw = 0;
  #checkedAt: number | undefined;
  #provedAt: number | undefined;
  #notBefore: number | undefined;
  #isRefused = false;

  get checks(): EndpointChecks {
    return this.#checks;
  }

  /** Its last check was refused, which proves nothing. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Takes over what is known of it now. A new need begins now. */
  sees(need: CheckNeed, provedAt: number | undefined, now: number, draw: () => number): void {
    this.#provedAt = provedAt;
    if (this.#need === need) return;
    this.#need = need;
    this.planAnew(now, draw());
  }

  /** Nothing is due any more because of what was before. */
  planAnew(now: number, draw: number): void {
    this.#since = now;
    this.#draw = draw;
  }

  /** A check is over, whether anything came of it or not. */
  wasChecked(now: number, draw: number): void {
    this.#checkedAt = now;
    this.#draw = draw;
  }

  /** Takes down what a check has shown. @param retryAfterMs how long it asked to be left alone */
  take(record: CheckRecord, retryAfterMs: number | undefined, now: number): void {
    this.#checks.add(record);
    this.#isRefused = record.class === 'refused';
    const asks = record.class === 'rateLimited' && retryAfterMs !== undefined;
    this.#notBefore = asks ? now + Math.min(retryAfterMs, maxRestMs) : undefined;
  }

  /** Takes over earlier checks. @param lastAt when the last of them ended; may be before the clock began */
  restore(history: CheckHistory, lastAt: number | undefined): void {
    const newest = history.last.at(-1);
    const since = this.#checks.kept.filter(({ at }) => newest === undefined || at > newest.at);
    this.#checks = EndpointChecks.restored(history);
    for (const record of since) this.#checks.add(record);
    this.#isRefused = this.#checks.last?.class === 'refused';
    this.#checkedAt ??= lastAt;
  }

  /** It is another place, or has another key: what it was like does not tell when to look at it, or whether one can. */
  isNew(): void {
    this.#need = undefined;
    this.#checkedAt = undefined;
    this.#provedAt = undefined;
    this.#notBefore = undefined;
    this.#isRefused = false;
  }

  /** When the next check is due, or undefined for never. */
  dueAt(intervalMs: number): number | undefined {
    const facts = {
      need: this.#need ?? 'none',
      since: this.#since,
      checkedAt: this.#checkedAt,
      provedAt: this.#provedAt,
      notBefore: this.#notBefore,
      isRefused: this.#isRefused,
    };
    return checkDueAt(facts, intervalMs, this.#draw);
  }
}
