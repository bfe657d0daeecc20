/** Stands for a number or a time that is not known. */
const unknown = '–';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Turns values into text in the user's language and time zone, which may differ from those of a remote host. */
export interface Formats {
  count(value: number | null): string;
  /** A large number in few characters. */
  roughly(value: number | null): string;
  /** `value` is 0 to 1. */
  percent(value: number | null): string;
  milliseconds(value: number | null): string;
  dollars(value: number | null): string;
  /** A point in time, in milliseconds since 1970: the time of day, with the date unless it is today. */
  moment(value: number | null): string;
  /** The same for the mark of a time axis, where the next mark is `stepMs` away. */
  timeMark(value: number, stepMs: number): string;
  /** A date, given as `YYYY-MM-DD`. */
  day(value: string): string;
  /** A length of time that is a round number of minutes, hours or days. */
  span(value: number): string;
  text(value: string | null): string;
}

/** The formats of a language, given by its BCP 47 tag. */
export function createFormats(language: string): Formats {
  const count = new Intl.NumberFormat(language);
  const rough = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const inUnits = (unit: string, maximumFractionDigits: number) =>
    new Intl.NumberFormat(language, { style: 'unit', unitDisplay: 'short', unit, maximumFractionDigits });
  const milliseconds = inUnits('millisecond', 0);
  const seconds = inUnits('second', 1);
  const wholeSeconds = inUnits('second', 0);
  const [minutes, hours, days] = [inUnits('minute', 1), inUnits('hour', 1), inUnits('day', 1)];
  const inDollars = (digits: number) =>
    new Intl.NumberFormat(language, {
      style: 'currency',
      currency: 'USD',
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: 2,
      maximumFractionDigits: digits,
    });
  const [dollars, partsOfCents] = [inDollars(2), inDollars(4)];
  const timeOfDay = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
  const dateAndTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  const exactClock = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
  const date = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' });
  const dayOfWeek = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });

  const orUnknown =
    <T>(format: (value: T) => string) =>
    (value: T | null) =>
      value === null ? unknown : format(value);

  return {
    count: orUnknown((value) => count.format(value)),
    roughly: orUnknown((value) => rough.format(value)),
    percent: orUnknown((value) => percent.format(value)),
    milliseconds: orUnknown((value) => {
      if (value < 1_000) return milliseconds.format(value);
      return (value < 100_000 ? seconds : wholeSeconds).format(value / 1_000);
    }),
    dollars: orUnknown((value) => (value > 0 && value < 1 ? partsOfCents : dollars).format(value)),
    moment: orUnknown((value) => {
      const today = new Date(value).toDateString() === new Date().toDateString();
      return (today ? timeOfDay : dateAndTime).format(value);
    }),
    timeMark(value, stepMs) {
      const at = new Date(value);
      const isMidnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
      if (stepMs >= dayMs || isMidnight) return date.format(at);
      return (stepMs < minuteMs ? exactClock : clock).format(at);
    },
    day(value) {
      const at = Date.parse(value);
      return Number.isNaN(at) ? value : dayOfWeek.format(at);
    },
    span(value) {
      if (value < minuteMs) return wholeSeconds.format(value / 1_000);
      if (value < hourMs) return minutes.format(value / minuteMs);
      return value <= dayMs ? hours.format(value / hourMs) : days.format(value / dayMs);
    },
    text: orUnknown((value) => value),
  };
}
