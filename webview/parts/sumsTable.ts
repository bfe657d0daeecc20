import type { PanelSums } from '../../src/protocol/panel.ts';
import { successRateOf } from '../successRate.ts';
import type { Texts } from '../texts.ts';
import { type Column, column } from './dataTable.ts';

/** The columns of whatever requests are summed up by. */
export function sumsColumns<Row extends PanelSums>({ strings, formats }: Texts): Column<Row>[] {
  const { count, percent, milliseconds, dollars } = formats;
  const number = (title: string, show: (row: Row) => string) => column<Row>('number', title, show);
  return [
    number(strings.requests, ({ requests }) => count(requests)),
    number(strings.successRate, (row) => percent(successRateOf(row))),
    number(strings.failed, ({ failed }) => count(failed)),
    number(strings.firstContentP50, ({ firstContentP50Ms }) => milliseconds(firstContentP50Ms)),
    number(strings.firstContentP95, ({ firstContentP95Ms }) => milliseconds(firstContentP95Ms)),
    number(strings.input, ({ input }) => count(input)),
    number(strings.output, ({ output }) => count(output)),
    number(strings.cacheRead, ({ cacheRead }) => count(cacheRead)),
    number(strings.cacheWrite, ({ cacheWrite }) => count(cacheWrite)),
    number(strings.cost, ({ cost }) => dollars(cost)),
  ];
}
