import type { PanelString, PanelSums } from '../../src/protocol/panel.ts';
import { successRateOf } from '../successRate.ts';

/** The colours that themes have for charts, named as in `--vscode-charts-…`. */
export type ChartColour = 'blue' | 'green' | 'red' | 'yellow' | 'purple';

/** One line of a chart. Its dashes tell it from the others where colours do not. */
export interface ChartLine {
  readonly title: PanelString;
  readonly colour: ChartColour;
  /** Lengths of dashes and gaps in pixels; empty for a solid line. */
  readonly dashes: readonly number[];
  /** Null where there is nothing to say. */
  readonly valueOf: (sums: PanelSums) => number | null;
}

/** What is drawn, and how its values are written and scaled. */
export interface ChartKind {
  readonly title: PanelString;
  readonly unit: 'count' | 'share' | 'milliseconds' | 'tokens' | 'dollars';
  /** What a step holds in which nothing happened: counts are 0 there, times and shares do not exist. */
  readonly whenEmpty: 0 | null;
  readonly lines: readonly ChartLine[];
}

const solid: readonly number[] = [];
const dashed = [7, 4];
const dotted = [2, 3];
const dashDotted = [8, 3, 2, 3];

/** The charts, in the order in which they are shown. */
export const chartKinds: readonly ChartKind[] = [
  {
    title: 'requests',
    unit: 'count',
    whenEmpty: 0,
    lines: [
      { title: 'served', colour: 'green', dashes: solid, valueOf: ({ served }) => served },
      { title: 'rescuedTurns', colour: 'yellow', dashes: dashed, valueOf: ({ rescued }) => rescued },
      { title: 'failed', colour: 'red', dashes: dotted, valueOf: ({ failed }) => failed },
    ],
  },
  {
    title: 'successRate',
    unit: 'share',
    whenEmpty: null,
    lines: [{ title: 'successRate', colour: 'green', dashes: solid, valueOf: successRateOf }],
  },
  {
    title: 'firstContent',
    unit: 'milliseconds',
    whenEmpty: null,
    lines: [
      { title: 'p50', colour: 'blue', dashes: solid, valueOf: ({ firstContentP50Ms }) => firstContentP50Ms },
      {
        title: 'p95',
        colour: 'purple',
        dashes: dashed,
        valueOf: ({ firstContentP95Ms }) => firstContentP95Ms,
      },
    ],
  },
  {
    title: 'tokens',
    unit: 'tokens',
    whenEmpty: 0,
    lines: [
      { title: 'input', colour: 'blue', dashes: solid, valueOf: ({ input }) => input },
      { title: 'output', colour: 'green', dashes: dashed, valueOf: ({ output }) => output },
      { title: 'cacheRead', colour: 'purple', dashes: dotted, valueOf: ({ cacheRead }) => cacheRead },
      { title: 'cacheWrite', colour: 'yellow', dashes: dashDotted, valueOf: ({ cacheWrite }) => cacheWrite },
    ],
  },
  {
    title: 'cost',
    unit: 'dollars',
    whenEmpty: 0,
    lines: [{ title: 'cost', colour: 'blue', dashes: solid, valueOf: ({ cost }) => cost }],
  },
];
