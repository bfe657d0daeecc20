import type { PanelHistory, PanelSums } from '../../src/protocol/panel.ts';
import { element, freshId, setHiddenKeepingFocus, setText } from '../element.ts';
import type { PageState } from '../pageState.ts';
import { column, createDataTable } from '../parts/dataTable.ts';
import { absenceOf, createPlaceholder } from '../parts/placeholder.ts';
import { createTableToggle } from '../parts/tableToggle.ts';
import { fillIn, type Texts } from '../texts.ts';
import type { ChartKind, ChartLine } from './chartKinds.ts';
import type { Crosshair } from './crosshair.ts';
import { createLegend } from './legend.ts';
import { createLineChart } from './lineChart.ts';
import type { ThemeWatch } from './theme.ts';
import { nearestStep, type TimeGrid } from './timeGrid.ts';
import { createTimeSlider } from './timeSlider.ts';
import { briefly, exactly } from './values.ts';

/** A chart with its title, legend and table. */
export interface ChartPanel {
  readonly root: HTMLElement;
  /** @param history undefined until it is known, null when it cannot be. */
  update(history: PanelHistory | null | undefined, grid: TimeGrid): void;
}

/** What all charts share. */
export interface ChartContext {
  readonly texts: Texts;
  readonly themes: ThemeWatch;
  readonly crosshair: Crosshair;
  readonly state: PageState;
}

type Point = PanelSums & { readonly at: number };

/** Makes one of the charts, without values yet. */
export function createChartPanel(kind: ChartKind, context: ChartContext): ChartPanel {
  const { texts, crosshair, state } = context;
  const { strings, formats } = texts;
  const title = strings[kind.title];
  const write = exactly(kind.unit, formats);
  let grid: TimeGrid = { times: [], sums: [] };
  let lines: readonly (readonly (number | null)[])[] = [];
  let step = '';

  const chart = createLineChart({
    kind,
    themes: context.themes,
    value: briefly(kind.unit, formats),
    time: formats.timeMark,
    onPoint: (index) => crosshair.moveTo(index === null ? null : (grid.times[index] ?? null)),
  });
  const lineId = (line: ChartLine) => `${kind.title}.${line.title}`;
  const isVisible = (line: ChartLine) => !state.value.hiddenLines.includes(lineId(line));
  const legend = createLegend(kind, texts, {
    isVisible,
    toggle: (line, visible) => {
      state.mark('hiddenLines', lineId(line), !visible);
      chart.setVisible(kind.lines.indexOf(line), visible);
    },
  });
  for (const [index, line] of kind.lines.entries()) chart.setVisible(index, isVisible(line));

  const note = element('span', { class: 'note' });
  const describe = (index: number) => {
    const values = kind.lines.map(
      (line, place) => `${strings[line.title]} ${write(lines[place]?.[index] ?? null)}`,
    );
    return `${formats.moment(grid.times[index] ?? null)}: ${values.join(', ')}`;
  };
  const slider = createTimeSlider({
    label: title,
    hint: strings.chartHint,
    steps: () => grid.times.length,
    describe,
    onMove: (index) => crosshair.moveTo(index === null ? null : (grid.times[index] ?? null)),
  });
  slider.root.append(chart.root);

  const showCrosshair = () => {
    const index = crosshair.at === null ? null : nearestStep(grid.times, crosshair.at);
    chart.pointAt(index);
    slider.show(index);
    legend.show(index === null ? null : lines.map((line) => line[index] ?? null));
    setText(note, index === null ? step : formats.moment(grid.times[index] ?? null));
  };
  crosshair.onDidMove(showCrosshair);

  const table = createDataTable<Point>({
    label: title,
    keyOf: ({ at }) => String(at),
    columns: [
      column('time', strings.time, ({ at }) => formats.moment(at)),
      ...kind.lines.map((line) =>
        column<Point>('number', strings[line.title], (point) => write(line.valueOf(point))),
      ),
    ],
  });
  const leftOut = element('p', { class: 'note' }, strings.emptyLeftOut);
  const asTable = element('div', { class: 'as-table' }, table.root, leftOut);
  const asChart = element('div', {}, slider.root, legend.root);
  const placeholder = createPlaceholder(texts, strings.noData);
  let points: readonly Point[] = [];
  const toggle = createTableToggle(kind.title, title, context, () => showPart());

  const showPart = () => {
    const isTable = toggle.isOn();
    setHiddenKeepingFocus(asTable, !isTable || points.length === 0);
    setHiddenKeepingFocus(asChart, isTable || points.length === 0);
    // Hundreds of rows are made only for those who look at them.
    table.update(isTable ? points.toReversed() : []);
  };

  const heading = element('h3', { id: freshId() }, title);
  const root = element(
    'section',
    { class: 'chart', 'aria-labelledby': heading.id },
    element('header', {}, heading, note, toggle.root),
    asChart,
    asTable,
    placeholder.root,
  );
  return {
    root,
    update(history, nextGrid) {
      grid = nextGrid;
      points = history?.points ?? [];
      lines = kind.lines.map((line) => grid.sums.map((sums) => (sums ? line.valueOf(sums) : kind.whenEmpty)));
      const isPerStep = kind.whenEmpty === 0;
      step = history && isPerStep ? fillIn(strings.perStep, formats.span(history.stepMs)) : '';
      placeholder.show(absenceOf(history, (known) => known.points));
      showPart();
      if (history) chart.show({ from: history.from, to: history.to, times: grid.times, lines });
      showCrosshair();
    },
  };
}
