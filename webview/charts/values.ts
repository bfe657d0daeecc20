import type { Formats } from '../format.ts';
import type { ChartKind } from './chartKinds.ts';

type Write = (value: number | null) => string;

/** How the values of a chart are written where there is room: in the legend and in the table. */
export function exactly(unit: ChartKind['unit'], formats: Formats): Write {
  switch (unit) {
    case 'count':
    case 'tokens':
      return formats.count;
    case 'share':
      return formats.percent;
    case 'milliseconds':
      return formats.milliseconds;
    case 'dollars':
      return formats.dollars;
  }
}

/** How they are written beside the axis. */
export function briefly(unit: ChartKind['unit'], formats: Formats): Write {
  return unit === 'count' || unit === 'tokens' ? formats.roughly : exactly(unit, formats);
}
