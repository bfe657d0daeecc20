/*
 * Hours and days on the clock of this machine. A day is a whole number such as 20250131: it stays the same day when
 * the machine moves to another time zone.
 */

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** When the hour of a time began, in milliseconds since 1970; also where zones are half an hour apart from others. */
export function hourOf(at: number): number {
  const shift = new Date(at).getTimezoneOffset() * 60_000;
  return Math.floor((at - shift) / hourMs) * hourMs + shift;
}

export function dayOf(at: number): number {
  const date = new Date(at);
  return date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate();
}

/** When a day begins, in milliseconds since 1970. */
export function startOfDay(day: number): number {
  return new Date(...partsOf(day)).getTime();
}

/** The day that is so many days after another one, or before it. */
export function daysAfter(day: number, days: number): number {
  const [year, month, date] = partsOf(day);
  return dayOf(new Date(year, month, date + days).getTime());
}

/** The first day that begins at a time or after it. */
export function firstDayFrom(at: number): number {
  const day = dayOf(at);
  return startOfDay(day) < at ? daysAfter(day, 1) : day;
}

/** A day as `YYYY-MM-DD`. */
export function dayText(day: number): string {
  const text = String(day).padStart(8, '0');
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

function partsOf(day: number): [year: number, month: number, date: number] {
  return [Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100];
}
