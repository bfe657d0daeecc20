/** How times and figures read in one language. */
export interface Figures {
  /** A time of day, with the day unless it is today. @param at milliseconds since 1970 */
  time(at: number): string;
  count(value: number): string;
  /** @param share 0 to 1 */
  percent(share: number): string;
  /** US dollars; small sums with more digits, since most are. */
  dollars(value: number): string;
  bytes(value: number): string;
}

/** What is smaller is shown to a hundredth of a cent. */
const smallDollars = 1;

const sizes = [
  { unit: 'megabyte', bytes: 1_000_000 },
  { unit: 'kilobyte', bytes: 1_000 },
  { unit: 'byte', bytes: 1 },
] as const;

/**
 * @param language BCP 47 tag
 * @param now decides what is today, in milliseconds since 1970
 */
export function figuresIn(language: string, now: number = Date.now()): Figures {
  const number = (options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options);
  const currency = (digits: number) =>
    number({ style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumFractionDigits: digits });
  return {
    time: (at) => {
      const isToday = new Date(at).toDateString() === new Date(now).toDateString();
      return isToday ? new Date(at).toLocaleTimeString(language) : new Date(at).toLocaleString(language);
    },
    count: (value) => number({ maximumFractionDigits: 0 }).format(value),
    percent: (share) => number({ style: 'percent', maximumFractionDigits: 1 }).format(share),
    dollars: (value) => currency(value < smallDollars ? 4 : 2).format(value),
    bytes: (value) => {
      const { unit, bytes } = sizes.find((size) => value >= size.bytes) ?? sizes[2];
      // Only the long form of bytes knows a plural, and Chinese.
      const unitDisplay = unit === 'byte' ? 'long' : 'short';
      return number({ style: 'unit', unit, unitDisplay, maximumFractionDigits: 1 }).format(value / bytes);
    },
  };
}
