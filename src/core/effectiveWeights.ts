/** What a request showed of its endpoint. A failure of the request's own making is no sample. */
export type WeightSample =
  | {
      readonly ok: true;
      /** Milliseconds to the first content, or null where they cannot be compared with others: a check is a small request. */
      readonly firstContentMs: number | null;
    }
  | { readonly ok: false };

/** When weights follow how endpoints do. */
export interface WeightRules {
  /** Off: every factor is 1. */
  readonly enabled: boolean;
  /** An endpoint with fewer samples has a factor of 1. */
  readonly minSamples: number;
}

/** What is known of one endpoint, all of it moving averages. */
interface Evidence {
  /** Share of the requests that it served, 0 to 1; 1 as long as nothing is known. */
  readonly served: number;
  /** Milliseconds to the first content, or undefined while it has served nothing. */
  readonly ms: number | undefined;
  /** How far from that average they are, in milliseconds. */
  readonly deviationMs: number;
  /** How many samples that amounts to. */
  readonly samples: number;
  /** When the last of them was taken. */
  readonly at: number;
}

/** The weight of the newest sample. An endpoint that changes shows two thirds of it after seven samples. */
const newest = 0.15;
/** Without new samples, half of what is known is forgotten in this time, in milliseconds. */
const halfLifeMs = 300_000;
/** As good as always: with a single failure after many successes, an endpoint keeps its weight. */
const servedWell = 1 - newest;
/** Added to both sides when durations are compared: who waits for an answer hardly notices less, in milliseconds. */
const dampingMs = 1_000;
/** Durations whose damped ratio is not further from 1 than this, up or down, are alike. */
const alike = 1.25;
const [least, most] = [0.1, 2];
/** An endpoint with a lower factor is degraded, and for this time after, in milliseconds. */
const degraded = { below: 0.5, forMs: 300_000 };

/**
 * How much of its configured weight each endpoint is worth now: a factor from 0.10 to 2.00,
 *
 *     factor = (served / 0.85)² × latency × steadiness
 *
 * - `served` is the share of requests that it served; from 0.85 on it counts as all.
 * - `latency` is (median + 1 s) / (own + 1 s) of the times to the first content, the median being that of the
 *   endpoints of its profile. What is within 0.8 and 1.25 counts as 1, and what is beyond begins there. Endpoints that
 *   differ by milliseconds keep their weights exactly.
 * - `steadiness` is the same of the deviations from these times, and 1 at most.
 *
 * All are moving averages. Without new samples the factor goes back to 1, half of the way every five minutes, so that
 * an endpoint that did badly gets another chance; what it did then counts as little when it does get new ones.
 *
 * Times are milliseconds of a monotonic clock.
 */
export class EffectiveWeights {
  #rules: WeightRules;
  readonly #byId = new Map<string, Evidence>();
  /** By the siblings that they are of. Until the next sample they are asked for once for each endpoint, or more often. */
  #usual = new WeakMap<readonly string[], UsualTimes>();

  constructor(rules: WeightRules) {
    this.#rules = rules;
  }

  get rules(): WeightRules {
    return this.#rules;
  }

  set rules(rules: WeightRules) {
    this.#rules = rules;
    this.#usual = new WeakMap();
  }

  /** A request has shown something of its endpoint. */
  sample(endpointId: string, sample: WeightSample, now: number): void {
    this.#usual = new WeakMap();
    const known = this.#byId.get(endpointId) ?? unknown;
    const kept = keptShare(known, now);
    const served = between(1, known.served, kept);
    const samples = Math.min(known.samples * kept + 1, 2 * this.rules.minSamples);
    const next = { ...known, served: between(served, sample.ok ? 1 : 0, newest), samples, at: now };
    const firstContentMs = sample.ok ? sample.firstContentMs : null;
    if (firstContentMs === null) {
      this.#byId.set(endpointId, next);
      return;
    }
    // The longer ago the others are, the more this one says.
    const share = 1 - (1 - newest) * kept;
    const ms = known.ms === undefined ? firstContentMs : between(known.ms, firstContentMs, share);
    const deviationMs = between(known.deviationMs, Math.abs(firstContentMs - ms), share);
    this.#byId.set(endpointId, { ...next, ms, deviationMs });
  }

  /**
   * By how much the configured weight of an endpoint is to be multiplied, 0.10 to 2.00.
   *
   * @param siblingIds the endpoints that it is compared with: those of its profile
   */
  factorOf(endpointId: string, siblingIds: readonly string[], now: number): number {
    const evidence = this.#evidenceOf(endpointId);
    if (!evidence) return 1;
    const { worth, steadiness } = this.#worthOf(evidence, endpointId, siblingIds);
    return within(between(1, within(worth * steadiness), keptShare(evidence, now)));
  }

  /**
   * Whether an endpoint is to stand behind others: what it serves and how soon make its factor less than a half, or did
   * so until less than five minutes ago and nothing but time has raised it since. How steady it is does not count here:
   * times spread so much by chance that one of several equal endpoints would always be behind.
   */
  isDegraded(endpointId: string, siblingIds: readonly string[], now: number): boolean {
    const evidence = this.#evidenceOf(endpointId);
    if (!evidence) return false;
    const factor = within(this.#worthOf(evidence, endpointId, siblingIds).worth);
    if (factor >= degraded.below) return false;
    const lowMs = halfLifeMs * Math.log2((1 - factor) / (1 - degraded.below));
    return now - evidence.at < lowMs + degraded.forMs;
  }

  forget(endpointId: string): void {
    this.#usual = new WeakMap();
    this.#byId.delete(endpointId);
  }

  /** Lets go of all others. */
  retain(endpointIds: ReadonlySet<string>): void {
    this.#usual = new WeakMap();
    for (const id of this.#byId.keys()) if (!endpointIds.has(id)) this.#byId.delete(id);
  }

  /** What is known of an endpoint, if it is enough. */
  #evidenceOf(endpointId: string): Evidence | undefined {
    const { enabled, minSamples } = this.rules;
    const evidence = this.#byId.get(endpointId);
    return enabled && evidence && Math.round(evidence.samples) >= minSamples ? evidence : undefined;
  }

  /** What makes the factor as it was at the last sample. */
  #worthOf(evidence: Evidence, endpointId: string, siblingIds: readonly string[]) {
    const served = Math.min(1, evidence.served / servedWell) ** 2;
    const { ms, deviationMs } = evidence;
    if (ms === undefined) return { worth: served, steadiness: 1 };
    const usual = siblingIds.includes(endpointId)
      ? this.#usualOf(siblingIds)
      : this.#usualOf([endpointId, ...siblingIds]);
    const steadiness = Math.min(1, comparedWith(usual.deviationMs, deviationMs));
    return { worth: served * comparedWith(usual.ms, ms), steadiness };
  }

  /** @param ids with one at least that has served something */
  #usualOf(ids: readonly string[]): UsualTimes {
    const known = this.#usual.get(ids);
    if (known) return known;
    const measured = ids.flatMap((id) => {
      const { ms, deviationMs } = this.#evidenceOf(id) ?? unknown;
      return ms === undefined ? [] : [{ ms, deviationMs }];
    });
    const usual = {
      ms: median(measured.map((each) => each.ms)),
      deviationMs: median(measured.map((each) => each.deviationMs)),
    };
    this.#usual.set(ids, usual);
    return usual;
  }
}

/** The medians of some endpoints, in milliseconds. */
interface UsualTimes {
  readonly ms: number;
  readonly deviationMs: number;
}

const unknown: Evidence = { served: 1, ms: undefined, deviationMs: 0, samples: 0, at: 0 };

/** How much of what was known at the last sample still counts, 1 to 0. */
function keptShare({ at }: Evidence, now: number): number {
  return 2 ** (-Math.max(0, now - at) / halfLifeMs);
}

function within(factor: number): number {
  return Math.min(most, Math.max(least, factor));
}

/** The number that is a share of the way from one to the other. */
function between(from: number, to: number, share: number): number {
  return from + share * (to - from);
}

/** How much better a duration is than the usual one: above 1 when it is shorter, exactly 1 when it is much the same. */
function comparedWith(usualMs: number, ownMs: number): number {
  const ratio = (usualMs + dampingMs) / (ownMs + dampingMs);
  if (ratio > alike) return ratio / alike;
  return ratio < 1 / alike ? ratio * alike : 1;
}

/** @param numbers at least one */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[Math.floor(index)] ?? 0;
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2;
}
