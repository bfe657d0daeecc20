/** One limit of a key, as an endpoint told it. */
export interface Quota {
  /** What it counts, as the endpoint calls it: `requests`, `input-tokens`, `unified-5h` and the like. */
  readonly name: string;
  /** Null where only the share that is used is told. As below. */
  readonly limit: number | null;
  readonly remaining: number | null;
  /** 0 to 1. */
  readonly usedShare: number | null;
  /** When it is full again, in milliseconds since 1970. */
  readonly resetsAt: number | null;
  /** When the endpoint said so, in milliseconds since 1970. */
  readonly at: number;
}

/** Limits that are kept of one endpoint at most. */
const maxQuotas = 12;
/** A limit that is full again later than this, or was so earlier than that, is an error, in milliseconds. */
const maxAheadMs = 400 * 86_400_000;
const maxPastMs = 86_400_000;

/**
 * `anthropic-ratelimit-<name>-<part>` (https://platform.claude.com/docs/en/api/rate-limits#response-headers), where
 * subscriptions have a share, `utilization`, in place of numbers; and `x-ratelimit-<part>-<name>`, as OpenAI and many
 * relays have it (https://platform.openai.com/docs/guides/rate-limits), who count requests when they do not say what.
 */
const anthropicHeader = /^anthropic-ratelimit-([a-z0-9_-]{1,64})-(limit|remaining|reset|utilization)$/;
const commonHeader = /^x-ratelimit-(limit|remaining|reset)(?:-([a-z0-9_-]{1,64}))?$/;

/** What is told of one limit. */
interface Told {
  limit: number | null;
  remaining: number | null;
  usedShare: number | null;
  resetsAt: number | null;
}

/**
 * The limits that the headers of an answer tell, at most 12.
 *
 * @param headers names and values in turn
 * @param now milliseconds since 1970
 */
export function readQuotas(headers: readonly string[], now: number): Quota[] {
  const byName = new Map<string, Told>();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const header = partOf((headers[i] as string).toLowerCase());
    if (header === undefined) continue;
    let told = byName.get(header.name);
    if (told === undefined) {
      if (byName.size === maxQuotas) continue;
      told = { limit: null, remaining: null, usedShare: null, resetsAt: null };
      byName.set(header.name, told);
    }
    take(told, header.part, (headers[i + 1] as string).trim(), now);
  }
  return [...byName].flatMap(([name, told]) => {
    const quota = { name, ...told, usedShare: told.usedShare ?? shareOf(told), at: now };
    // When it is full again means nothing where nobody knows how full it is.
    return quota.remaining === null && quota.usedShare === null ? [] : [quota];
  });
}

/** What is known after something was told: of each limit the last that was told, at most 12 of them. */
export function withQuotas(known: readonly Quota[], told: readonly Quota[]): readonly Quota[] {
  const names = new Set(told.map(({ name }) => name));
  return [...told, ...known.filter(({ name }) => !names.has(name))].slice(0, maxQuotas);
}

function partOf(header: string): { readonly name: string; readonly part: string } | undefined {
  const [, name, part] = anthropicHeader.exec(header) ?? [];
  if (name !== undefined && part !== undefined) return { name, part };
  const [, commonPart, commonName = 'requests'] = commonHeader.exec(header) ?? [];
  return commonPart === undefined ? undefined : { name: commonName, part: commonPart };
}

function take(told: Told, part: string, value: string, now: number): void {
  switch (part) {
    case 'limit':
      told.limit = amount(value);
      break;
    case 'remaining':
      told.remaining = amount(value);
      break;
    case 'utilization':
      told.usedShare = share(value);
      break;
    case 'reset':
      told.resetsAt = resetTime(value, now);
      break;
  }
}

/** Some relays say -1 where there is no limit. */
function amount(value: string): number | null {
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
}

function share(value: string): number | null {
  return /^\d{1,9}(?:\.\d+)?(?:e-\d{1,3})?$/i.test(value) ? Math.min(1, Number(value)) : null;
}

function shareOf({ limit, remaining }: Told): number | null {
  if (limit === null || remaining === null || limit === 0) return null;
  return Math.min(1, Math.max(0, 1 - remaining / limit));
}

/** A point in time, or how long until then. */
function resetTime(value: string, now: number): number | null {
  const time = dateOf(value) ?? timeOf(value, now) ?? durationTime(value, now);
  if (time === undefined || Number.isNaN(time)) return null;
  return time > now + maxAheadMs || time < now - maxPastMs ? null : Math.round(time);
}

/** A date as RFC 3339 has it. */
function dateOf(value: string): number | undefined {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(value)
    ? Date.parse(value)
    : undefined;
}

/** A number is of milliseconds or seconds since 1970, or of seconds from now; its size tells. */
function timeOf(value: string, now: number): number | undefined {
  if (!/^\d{1,15}(?:\.\d+)?$/.test(value)) return undefined;
  const number = Number(value);
  if (number >= 1e11) return number;
  return number >= 1e8 ? number * 1000 : now + number * 1000;
}

const duration =
  /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d+)?)s)?(?:(\d{1,9}(?:\.\d+)?)ms)?$/;

/** A duration as Go writes it: `6m0s`, `12ms`, `1h2m3.5s`. */
function durationTime(value: string, now: number): number | undefined {
  const parts = value === '' ? null : duration.exec(value);
  if (parts === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  return now + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}
