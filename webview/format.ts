/** Stands for a number or a time that is not known. */
const unknown = '–';

/** Turns values into text in the user's language and time zone, which may differ from those of a remote host. */
export interface Formats {
  count(value: number | null): string;
  /** `value` is 0 to 1. */
  percent(value: number | null): string;
  milliseconds(value: number | null): string;
  /** A point in time, in milliseconds since 1970: the time of day, with the date unless it is today. */
  moment(value: number | null): string;
  text(value: string | null): string;
}

/** The formats of a language, given by its BCP 47 tag. */
export function createFormats(language: string): Formats {
  const count = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const unit = { style: 'unit', unitDisplay: 'short' } as const;
  const shortTime = new Intl.NumberFormat(language, {
    ...unit,
    unit: 'millisecond',
    maximumFractionDigits: 0,
  });
  const longTime = new Intl.NumberFormat(language, { ...unit, unit: 'second', maximumFractionDigits: 1 });
  const timeOfDay = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
  const dateAndTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

  const orUnknown =
    <T>(format: (value: T) => string) =>
    (value: T | null) =>
      value === null ? unknown : format(value);

  return {
    count: orUnknown((value) => count.format(value)),
    percent: orUnknown((value) => percent.format(value)),
    milliseconds: orUnknown((value) =>
      value < 1000 ? shortTime.format(value) : longTime.format(value / 1000),
    ),
    moment: orUnknown((value) => {
      const today = new Date(value).toDateString() === new Date().toDateString();
      return (today ? timeOfDay : dateAndTime).format(value);
    }),
    text: orUnknown((value) => value),
  };
}
