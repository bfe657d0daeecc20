import type { PanelHistory } from '../../src/protocol/panel.ts';
import { setHidden } from '../element.ts';
import { column, createDataTable } from './dataTable.ts';
import { absenceOf, createPlaceholder } from './placeholder.ts';
import { createSection, type SectionContext } from './section.ts';
import { sumsColumns } from './sumsTable.ts';

/** Makes the table of requests by model. */
export function createModels(context: SectionContext) {
  const { strings } = context.texts;
  type Row = PanelHistory['models'][number];
  const section = createSection(strings.byModel, context, 'models');
  const table = createDataTable<Row>({
    label: strings.byModel,
    keyOf: ({ model }) => model,
    columns: [
      column('name', strings.model, ({ model }) => model || strings.noModel),
      ...sumsColumns<Row>(context.texts),
    ],
  });
  const placeholder = createPlaceholder(context.texts, strings.noData);
  section.root.append(table.root, placeholder.root);
  return {
    root: section.root,
    update(history: PanelHistory | null | undefined): void {
      const models = history?.models ?? [];
      placeholder.show(absenceOf(history, (known) => known.models));
      table.update(models);
      section.setExportable(models.length > 0);
    },
  };
}

/** Makes the table of requests by day, hidden where the range has no whole days. */
export function createDays(context: SectionContext) {
  const { strings, formats } = context.texts;
  type Row = PanelHistory['days'][number];
  const section = createSection(strings.byDay, context, 'days');
  const table = createDataTable<Row>({
    label: strings.byDay,
    keyOf: ({ day }) => day,
    columns: [column('time', strings.day, ({ day }) => formats.day(day)), ...sumsColumns<Row>(context.texts)],
  });
  section.root.append(table.root);
  setHidden(section.root, true);
  return {
    root: section.root,
    update(history: PanelHistory | null | undefined): void {
      const days = history?.days ?? [];
      table.update(days);
      setHidden(section.root, days.length === 0);
      section.setExportable(days.length > 0);
    },
  };
}
