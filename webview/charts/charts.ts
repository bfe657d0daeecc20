import type { PanelHistory } from '../../src/protocol/panel.ts';
import { element } from '../element.ts';
import type { PageState } from '../pageState.ts';
import { createSection, type SectionContext } from '../parts/section.ts';
import { chartKinds } from './chartKinds.ts';
import { createChartPanel } from './chartPanel.ts';
import { Crosshair } from './crosshair.ts';
import { ThemeWatch } from './theme.ts';
import { timeGridOf } from './timeGrid.ts';

/** Makes all charts, without values yet. They share one crosshair. */
export function createCharts(context: SectionContext & { readonly state: PageState }) {
  const shared = { ...context, themes: new ThemeWatch(), crosshair: new Crosshair() };
  const panels = chartKinds.map((kind) => createChartPanel(kind, shared));
  const section = createSection(context.texts.strings.charts, context, 'series');
  section.root.append(element('div', { class: 'charts' }, ...panels.map(({ root }) => root)));
  return {
    root: section.root,
    update(history: PanelHistory | null | undefined): void {
      const grid = history ? timeGridOf(history) : { times: [], sums: [] };
      for (const panel of panels) panel.update(history, grid);
      section.setExportable((history?.points.length ?? 0) > 0);
    },
  };
}
