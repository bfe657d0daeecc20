import {
  type CheckHistory,
  type CheckMetrics,
  type CheckRecord,
  checkClasses,
  isProof,
} from './healthCheck.ts';

/** Checks of an endpoint that are kept. */
const maxKept = 100;
/** So many of the last checks make the recent success rate. */
const recentCount = 20;

type Counts = Record<CheckRecord['class'], number>;

/** The checks of one endpoint, oldest first, and what they come to. */
export class EndpointChecks {
  readonly #byClass = noCounts();
  #tokens = 0;
  #kept: CheckRecord[] = [];
  #streak: CheckMetrics['streak'] = null;
  #metrics: CheckMetrics | undefined;

  /** Goes on from what is known of earlier checks. */
  static restored({ byClass, tokens, last }: CheckHistory): EndpointChecks {
    const checks = new EndpointChecks();
    for (const record of last) checks.add(record);
    // Those that are not among the last are in the sums alone.
    Object.assign(checks.#byClass, byClass);
    checks.#tokens = tokens;
    return checks;
  }

  add(record: CheckRecord): void {
    this.#byClass[record.class] += 1;
    this.#tokens += record.tokens;
    this.#kept = [...this.#kept, record].slice(-maxKept);
    this.#streak = nextStreak(this.#streak, record);
    this.#metrics = undefined;
  }

  /** The last 100 of them. */
  get kept(): readonly CheckRecord[] {
    return this.#kept;
  }

  get last(): CheckRecord | null {
    return this.#kept.at(-1) ?? null;
  }

  get metrics(): CheckMetrics {
    this.#metrics ??= {
      total: checkClasses.reduce((sum, each) => sum + this.#byClass[each], 0),
      byClass: { ...this.#byClass },
      successRate: successRate(this.#byClass),
      recentSuccessRate: recentSuccessRate(this.#kept),
      ...timesOf(this.#kept),
      streak: this.#streak,
      tokens: this.#tokens,
    };
    return this.#metrics;
  }
}

function noCounts(): Counts {
  return Object.fromEntries(checkClasses.map((each) => [each, 0])) as Counts;
}

function nextStreak(streak: CheckMetrics['streak'], record: CheckRecord): CheckMetrics['streak'] {
  if (!isProof(record.class)) return streak;
  const passed = record.class === 'passed';
  return { passed, length: streak?.passed === passed ? streak.length + 1 : 1 };
}

function successRate(counts: Counts): number | null {
  const proofs = checkClasses.filter(isProof).reduce((sum, each) => sum + counts[each], 0);
  return proofs === 0 ? null : counts.passed / proofs;
}

function recentSuccessRate(records: readonly CheckRecord[]): number | null {
  const recent = records.filter((record) => isProof(record.class)).slice(-recentCount);
  if (recent.length === 0) return null;
  return recent.filter((record) => record.class === 'passed').length / recent.length;
}

/** How long the passed ones took. Stability is 1 less the coefficient of variation, but never below 0. */
function timesOf(records: readonly CheckRecord[]): Pick<CheckMetrics, 'meanMs' | 'p95Ms' | 'stability'> {
  const times = records
    .filter((record) => record.class === 'passed')
    .map((record) => record.durationMs)
    .toSorted((a, b) => a - b);
  if (times.length === 0) return { meanMs: null, p95Ms: null, stability: null };
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const variance = times.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / times.length;
  const variation = mean === 0 ? 0 : Math.sqrt(variance) / mean;
  return {
    meanMs: mean,
    // By the nearest rank.
    p95Ms: times[Math.ceil(times.length * 0.95) - 1] as number,
    stability: Math.max(0, 1 - variation),
  };
}
