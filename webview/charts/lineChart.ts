import uPlot from 'uplot';
import type { ChartKind } from './chartKinds.ts';
import type { ThemeWatch } from './theme.ts';

/** What a line chart is made with. */
export interface LineChartOptions {
  readonly kind: ChartKind;
  readonly themes: ThemeWatch;
  /** Writes a value beside the vertical axis. */
  readonly value: (value: number) => string;
  /** Writes a time under the horizontal axis, where the next mark is `stepMs` away. */
  readonly time: (at: number, stepMs: number) => string;
  /** The pointer is over the step with this index, or over none. */
  readonly onPoint: (index: number | null) => void;
}

/** What a line chart shows. */
export interface LineChartData {
  readonly from: number;
  readonly to: number;
  readonly times: readonly number[];
  /** The values of each line, one for each time. */
  readonly lines: readonly (readonly (number | null)[])[];
}

/** Lines over time, drawn by uPlot: this is the one file that knows it. Its canvas stays the same for good. */
export interface LineChart {
  readonly root: HTMLElement;
  show(data: LineChartData): void;
  /** Draws the crosshair over the step with this index, or nowhere. */
  pointAt(index: number | null): void;
  setVisible(line: number, isVisible: boolean): void;
}

const height = 170;
/** Before the page is laid out. */
const firstWidth = 400;

/** Makes an empty chart. It is as wide as its surroundings. */
export function createLineChart(options: LineChartOptions): LineChart {
  const { kind, themes, onPoint } = options;
  let data: LineChartData = { from: 0, to: 1, times: [], lines: kind.lines.map(() => []) };
  // What the page does to the crosshair is not reported back to it.
  let isOwnMove = false;
  const plot = new uPlot(
    plotOptions(options, () => data),
    [[], ...kind.lines.map(() => [])],
  );
  plot.hooks.setCursor = [
    ({ cursor }) => {
      if (!isOwnMove) onPoint(cursor.idx ?? null);
    },
  ];
  const own = (change: () => void) => {
    isOwnMove = true;
    plot.batch(change);
    isOwnMove = false;
  };
  themes.onDidChange(() => plot.redraw(false, true));

  const root = document.createElement('div');
  root.className = 'plot';
  root.append(plot.root);
  new ResizeObserver(() => {
    const width = root.clientWidth;
    // Nothing is to be drawn while the table is shown instead.
    if (width > 0 && width !== plot.width) own(() => plot.setSize({ width, height }));
  }).observe(root);

  return {
    root,
    show(next) {
      data = next;
      own(() => plot.setData([[...next.times], ...next.lines.map((line) => [...line])]));
    },
    pointAt(index) {
      const at = index === null ? undefined : data.times[index];
      const left = at === undefined ? -10 : plot.valToPos(at, 'x');
      if (plot.cursor.left === left) return;
      plot.setCursor({ left, top: at === undefined ? -10 : 0 }, false);
    },
    setVisible(line, isVisible) {
      if (plot.series[line + 1]?.show !== isVisible) own(() => plot.setSeries(line + 1, { show: isVisible }));
    },
  };
}

function plotOptions(
  { kind, themes, value, time }: LineChartOptions,
  shown: () => LineChartData,
): uPlot.Options {
  const text = () => themes.theme.text;
  const lines = { stroke: () => themes.theme.grid, width: 1 };
  const axis = { stroke: text, font: themes.theme.font, grid: lines, ticks: { ...lines, size: 4 }, gap: 4 };
  return {
    width: firstWidth,
    height,
    ms: 1,
    // To the right there is room for half of the last time.
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { setScale: false, x: false, y: false },
      points: { size: 7 },
      // On the step itself, where all charts and the values beside them are.
      move: (plot, left, top) => {
        const at = left < 0 ? undefined : plot.data[0][plot.posToIdx(left)];
        return [at === undefined ? -10 : plot.valToPos(at, 'x'), top];
      },
    },
    scales: {
      x: { range: () => [shown().from, shown().to] },
      y: { range: (_, min, max) => verticalRange(kind, min, max) },
    },
    series: [
      {},
      ...kind.lines.map(({ colour, dashes }): uPlot.Series => {
        const stroke = () => themes.theme.colour(colour);
        return {
          stroke,
          width: 1.5,
          dash: [...dashes],
          points: { size: 5, stroke, fill: stroke, filter: lonelyPoints },
        };
      }),
    ],
    axes: [
      {
        ...axis,
        space: 70,
        size: 26,
        values: (_, splits, __, ___, stepMs) => splits.map((at) => time(at, stepMs)),
      },
      {
        ...axis,
        space: 34,
        size: 58,
        ...(kind.unit === 'count' && { incrs: wholeSteps }),
        values: (_, splits) => splits.map(value),
      },
    ],
  };
}

/** There is no half request. */
const wholeSteps = Array.from({ length: 9 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat();

function verticalRange(kind: ChartKind, min: number | null, max: number | null): [number, number] {
  if (kind.unit === 'share') {
    // Most of the time the last few per cent are all there is to see.
    const start = [0.9, 0.5].find((start) => (min ?? 1) >= start) ?? 0;
    return [start, 1];
  }
  if (!max) return [0, 1];
  return [0, max * 1.08];
}

/** A point without neighbours is on no line, and would not be seen. */
function lonelyPoints(plot: uPlot, line: number, isShown: boolean): number[] | null {
  if (isShown) return null;
  const values = plot.data[line] ?? [];
  const found: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] != null && values[index - 1] == null && values[index + 1] == null) found.push(index);
  }
  return found;
}
