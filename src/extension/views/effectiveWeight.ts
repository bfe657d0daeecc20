/** A weight as it is used. @param percent of the configured one */
export const effectiveWeight = (weight: number, percent: number): number =>
  Math.round((weight * percent) / 100);
