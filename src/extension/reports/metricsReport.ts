import * as vscode from 'vscode';
import { checkClasses } from '../../core/healthCheck.ts';
import type { Sums, Totals } from '../../protocol/history.ts';
import { type Figures, figuresIn } from '../figures.ts';
import type { ModelValue } from '../model.ts';
import { checkClassText } from '../views/checkWords.ts';
import { type EndpointRow, rowsOf } from '../views/endpointRows.ts';
import { firstByteText } from '../views/endpointWords.ts';
import type { Report } from './reports.ts';
import { reportText } from './reportText.ts';
import { type Column, textTable } from './textTable.ts';

interface MetricsRow {
  readonly row: EndpointRow;
  readonly profile: string;
  /** Of its attempts today, or undefined when there were none. */
  readonly today: Sums | undefined;
}

/** What the checks of each endpoint come to, and what each has done today. @param today since midnight */
export function metricsReport(value: ModelValue, today: Totals): Report {
  const name = vscode.l10n.t('Health Metrics');
  const figures = figuresIn(vscode.env.language);
  const rows = rowsOf(value).flatMap(({ name: profile, endpoints }) =>
    endpoints.map((row): MetricsRow => {
      const sums = today.byEndpoint.find(({ endpointId }) => endpointId === row.id);
      return { row, profile, today: sums };
    }),
  );
  const part = (title: string, columns: readonly Column<MetricsRow>[]) => [
    title,
    '',
    ...textTable<MetricsRow>([...nameColumns(), ...columns], rows),
  ];
  return {
    name,
    text: reportText(
      name,
      part(vscode.l10n.t('How checks ended'), classColumns(figures, rows)),
      part(vscode.l10n.t('What checks say'), checkColumns(figures)),
      part(vscode.l10n.t('Requests today'), requestColumns(figures)),
    ),
  };
}

const nameColumns = (): Column<MetricsRow>[] => [
  { title: vscode.l10n.t('Endpoint'), of: ({ row }) => row.name },
  { title: vscode.l10n.t('Profile'), of: ({ profile }) => profile },
];

/** Nothing is shown as nothing: a table full of dashes is harder to read. */
const figure = (title: string, of: (row: MetricsRow) => string | null | undefined): Column<MetricsRow> => ({
  title,
  of: (row) => of(row) ?? '',
  align: 'right',
});

/** A figure of the checks, where it is known. */
const known = <T>(value: T | null | undefined, words: (value: T) => string): string | null =>
  value === null || value === undefined ? null : words(value);

/** Classes that no check ended in are left out, or the table would not fit into an editor. */
function classColumns({ count }: Figures, rows: readonly MetricsRow[]): Column<MetricsRow>[] {
  const metricsOf = ({ row }: MetricsRow) => row.state?.check.metrics;
  const seen = checkClasses.filter((checkClass) =>
    rows.some((row) => (metricsOf(row)?.byClass[checkClass] ?? 0) > 0),
  );
  return [
    figure(vscode.l10n.t('Checks'), (row) => known(metricsOf(row)?.total, count)),
    ...seen.map((checkClass) =>
      figure(checkClassText(checkClass), (row) => known(metricsOf(row)?.byClass[checkClass], count)),
    ),
    figure(vscode.l10n.t('Tokens'), (row) => known(metricsOf(row)?.tokens, count)),
  ];
}

function checkColumns({ percent }: Figures): Column<MetricsRow>[] {
  const metricsOf = ({ row }: MetricsRow) => row.state?.check.metrics;
  return [
    figure(vscode.l10n.t('Success rate'), (row) => known(metricsOf(row)?.successRate, percent)),
    figure(vscode.l10n.t('Lately'), (row) => known(metricsOf(row)?.recentSuccessRate, percent)),
    figure(vscode.l10n.t('Mean time'), (row) => known(metricsOf(row)?.meanMs, firstByteText)),
    figure(vscode.l10n.t('95 % within'), (row) => known(metricsOf(row)?.p95Ms, firstByteText)),
    figure(vscode.l10n.t('Stability'), (row) => known(metricsOf(row)?.stability, percent)),
    figure(vscode.l10n.t('In a row'), (row) =>
      known(metricsOf(row)?.streak, ({ passed, length }) =>
        passed ? vscode.l10n.t('{0} passed', length) : vscode.l10n.t('{0} not passed', length),
      ),
    ),
  ];
}

function requestColumns({ count, dollars }: Figures): Column<MetricsRow>[] {
  return [
    figure(vscode.l10n.t('Requests'), ({ today }) => known(today?.requests, count)),
    figure(vscode.l10n.t('Served'), ({ today }) => known(today?.served, count)),
    figure(vscode.l10n.t('Failed'), ({ today }) => known(today?.failed, count)),
    figure(vscode.l10n.t('Half within'), ({ today }) => known(today?.firstContentP50Ms, firstByteText)),
    figure(vscode.l10n.t('95 % within'), ({ today }) => known(today?.firstContentP95Ms, firstByteText)),
    figure(vscode.l10n.t('Input'), ({ today }) => known(today?.usage.input, count)),
    figure(vscode.l10n.t('Output'), ({ today }) => known(today?.usage.output, count)),
    figure(vscode.l10n.t('Cache read'), ({ today }) => known(today?.usage.cacheRead, count)),
    figure(vscode.l10n.t('Cache written'), ({ today }) => known(today?.usage.cacheWrite, count)),
    figure(vscode.l10n.t('Cost'), ({ today }) => known(today, (sums) => costText(sums, dollars))),
  ];
}

/** Costs of models without a price are not known, so the sum is a least one. */
function costText({ cost, unpricedTokens }: Sums, dollars: Figures['dollars']): string {
  if (unpricedTokens === 0) return dollars(cost);
  return cost > 0 ? vscode.l10n.t('at least {0}', dollars(cost)) : vscode.l10n.t('no price');
}
