/**
 * How long an endpoint asks to be left alone: by `retry-after-ms`, else by `retry-after` in seconds (decimals too) or
 * as an HTTP date (RFC 9110 §10.2.3). Not limited here, since an endpoint may ask for days.
 *
 * @param header the value of a header by its name in lower case
 * @param nowMs milliseconds since 1970, which a date is measured against
 * @returns milliseconds, more than 0; undefined when absent, not understood, zero, negative or past
 */
export function retryAfterMs(
  header: (name: string) => string | undefined,
  nowMs: number,
): number | undefined {
  const exact = positive(decimal(header('retry-after-ms')));
  if (exact !== undefined) return exact;
  const text = header('retry-after');
  const seconds = decimal(text);
  if (seconds !== undefined) return positive(seconds * 1000);
  const date = httpDate(text);
  return date === undefined ? undefined : positive(date - nowMs);
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

/** A number as RFC 9110 writes one, with the fraction that some endpoints add; no sign, no exponent. */
function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

/** The current and the RFC 850 form of RFC 9110 §5.6.7, both with their zone. */
const zonedDate = /^[a-z]{3,9}, \d{2}[ -][a-z]{3}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/i;
/** The form of asctime, which is in GMT without saying so. */
const asctimeDate = /^[a-z]{3} [a-z]{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/i;

/**
 * Milliseconds since 1970 of a date in one of the three forms of RFC 9110 §5.6.7. `Date.parse` alone would read
 * a meaning into almost anything, `-5` for instance.
 */
function httpDate(text: string | undefined): number | undefined {
  const date = text?.trim() ?? '';
  const zoned = asctimeDate.test(date) ? `${date} GMT` : date;
  const time = zoned !== date || zonedDate.test(date) ? Date.parse(zoned) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
