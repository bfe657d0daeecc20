import type { ModelPrice, UsageOptions } from './configuration.ts';
import { type ListPrice, modelPrices } from './modelPrices.ts';
import type { Usage } from './usage.ts';

/** Longer names of models are looked at only so far. */
const maxNameLength = 256;

/**
 * What the tokens of one answer cost, in US dollars, or null where the model has no price: one that nobody knows is not
 * given that of another one.
 *
 * @param usage of one attempt: prices can depend on the length of its prompt
 * @param model as the endpoint was asked for it
 * @param prices those of the user, which come before the built-in ones
 */
export function costOf(usage: Usage, model: string | null, prices: UsageOptions['prices']): number | null {
  if (model === null) return null;
  const names = namesOf(model);
  const listed: ListPrice | undefined = longest(names, prices) ?? longest(names, modelPrices);
  if (listed === undefined) return null;
  const { longPrompt } = listed;
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite;
  return dollars(usage, longPrompt !== undefined && prompt > longPrompt.above ? longPrompt : listed);
}

function dollars(usage: Usage, price: ModelPrice): number {
  const {
    input,
    output,
    cacheRead = input / 10,
    cacheWrite = input * 1.25,
    cacheWriteLong = input * 2,
  } = price;
  const millionths =
    usage.input * input +
    usage.output * output +
    usage.cacheRead * cacheRead +
    (usage.cacheWrite - usage.cacheWriteLong) * cacheWrite +
    usage.cacheWriteLong * cacheWriteLong;
  return millionths / 1_000_000;
}

/**
 * A model's name as it may begin in a list of prices: `anthropic/claude-opus-4.5` and
 * `us.anthropic.claude-opus-4-5-20251101-v1:0` are `claude-opus-4-5…` too.
 */
function namesOf(model: string): readonly string[] {
  const whole = spelled(model.slice(0, maxNameLength));
  const last = whole.slice(whole.lastIndexOf('/') + 1);
  return [whole, last, last.replace(/^(?:[a-z][a-z-]*\.)+/, '')];
}

/** In small letters, with versions as Anthropic writes them. */
function spelled(name: string): string {
  return name.toLowerCase().replace(/(\d)\.(?=\d)/g, '$1-');
}

function longest<Price>(
  names: readonly string[],
  prices: Readonly<Record<string, Price>>,
): Price | undefined {
  let found: Price | undefined;
  let length = 0;
  for (const [beginning, price] of Object.entries(prices)) {
    const prefix = spelled(beginning);
    if (prefix.length <= length || !names.some((name) => beginsWith(name, prefix))) continue;
    found = price;
    length = prefix.length;
  }
  return found;
}

/** True when a name goes on with a date, a variant or nothing, and not within a word or with the rest of a version. */
function beginsWith(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const rest = name.slice(prefix.length);
  if (/[a-z0-9]$/.test(prefix) && /^[a-z0-9]/.test(rest)) return false;
  return !(/\d$/.test(prefix) && /^-\d{1,2}(?!\d)/.test(rest));
}
