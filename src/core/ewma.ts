/**
 * The weight of the newest sample. At 0.3 an endpoint that turned slow shows it within three answers (two thirds of
 * the average are new), while a single outlier moves the average by less than a third of itself.
 */
const alpha = 0.3;

/** The exponentially weighted moving average after one more sample, in the unit of the samples. */
export function nextEwma(previous: number | undefined, sample: number): number {
  return previous === undefined ? sample : previous + alpha * (sample - previous);
}
