import { checkName, maxNameLength } from './configuration.ts';

/**
 * A name that none of the others has, as much like the wanted one as can be: that itself, else with the next number that
 * is free behind it. What gets too long by that is cut.
 */
export function freeName(wanted: string, others: readonly string[]): string {
  const name = shortened(wanted.trim(), maxNameLength);
  if (checkName(name, others) === undefined) return name;
  const [, stem = name, digits] = /^(.*\S) (\d{1,6})$/s.exec(name) ?? [];
  // With one number more than there are others, one of them is free.
  for (let number = digits === undefined ? 2 : Number(digits) + 1; ; number += 1) {
    const ending = ` ${number}`;
    const candidate = shortened(stem, maxNameLength - ending.length) + ending;
    if (checkName(candidate, others) === undefined) return candidate;
  }
}

/** By characters as people count them, not by halves of surrogate pairs. */
const shortened = (text: string, length: number): string => [...text].slice(0, length).join('').trimEnd();
