import { Histogram } from '../../core/histogram.ts';
import type { Sums } from '../../protocol/history.ts';
import type { Contribution } from './contribution.ts';
import type { Row } from './database.ts';

/** The columns that sums are stored in, and beside them `first_content`. */
export const sumColumns = [
  'requests',
  'served',
  'rescued',
  'failed',
  'retries',
  'input',
  'output',
  'cache_read',
  'cache_write',
  'cache_write_long',
  'cost',
  'unpriced_tokens',
] as const;

/** Sums that grow, by single requests and by sums that were stored. */
export class RunningSums {
  readonly #sums = Object.fromEntries(sumColumns.map((column) => [column, 0])) as Record<
    (typeof sumColumns)[number],
    number
  >;
  readonly #firstContent = new Histogram();

  add({ outcome, retries, usage, cost, unpricedTokens, firstContentMs }: Contribution): void {
    const sums = this.#sums;
    sums.requests += 1;
    sums.retries += retries;
    if (outcome === 'served') sums.served += 1;
    else if (outcome === 'rescued') sums.rescued += 1;
    else if (outcome !== 'clientGone') sums.failed += 1;
    if (usage) {
      sums.input += usage.input;
      sums.output += usage.output;
      sums.cache_read += usage.cacheRead;
      sums.cache_write += usage.cacheWrite;
      sums.cache_write_long += usage.cacheWriteLong;
    }
    sums.cost += cost;
    sums.unpriced_tokens += unpricedTokens;
    if (firstContentMs !== null) this.#firstContent.record(firstContentMs);
  }

  /** Adds a row that holds sums. */
  addStored(row: Row): void {
    for (const column of sumColumns) this.#sums[column] += Number(row[column]);
    const times = row.first_content instanceof Uint8Array && Histogram.fromBytes(row.first_content);
    if (times) this.#firstContent.merge(times);
  }

  /** The values of `sumColumns`, and of `first_content` after them. */
  toStored(): (number | Uint8Array)[] {
    return [...sumColumns.map((column) => this.#sums[column]), this.#firstContent.toBytes()];
  }

  toSums(): Sums {
    const sums = this.#sums;
    return {
      requests: sums.requests,
      served: sums.served,
      rescued: sums.rescued,
      failed: sums.failed,
      retries: sums.retries,
      usage: {
        input: sums.input,
        output: sums.output,
        cacheRead: sums.cache_read,
        cacheWrite: sums.cache_write,
        cacheWriteLong: sums.cache_write_long,
      },
      cost: sums.cost,
      unpricedTokens: sums.unpriced_tokens,
      firstContentP50Ms: this.#firstContent.percentile(0.5),
      firstContentP95Ms: this.#firstContent.percentile(0.95),
    };
  }
}

/** Sums by whatever they are told apart by. */
export class SumsByKey<K> {
  readonly #byKey = new Map<K, RunningSums>();

  of(key: K): RunningSums {
    const known = this.#byKey.get(key);
    if (known) return known;
    const sums = new RunningSums();
    this.#byKey.set(key, sums);
    return sums;
  }

  entries(): readonly (readonly [K, RunningSums])[] {
    return [...this.#byKey];
  }
}
