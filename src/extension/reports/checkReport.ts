import * as vscode from 'vscode';
import type { Endpoint } from '../../core/configuration.ts';
import type { CheckRecord } from '../../core/healthCheck.ts';
import { figuresIn } from '../figures.ts';
import { checkAdvice } from '../views/checkAdvice.ts';
import { checkCause, checkClassText } from '../views/checkWords.ts';
import { firstByteText } from '../views/endpointWords.ts';
import type { Report } from './reports.ts';
import { reportText } from './reportText.ts';
import { type Column, textFacts, textTable } from './textTable.ts';

/** What a check that somebody asked for came to; null when nothing came of it. */
export interface Checked {
  readonly endpoint: Endpoint;
  /** Name of its profile. */
  readonly profile: string;
  readonly check: CheckRecord | null;
}

/** The results of checks of several endpoints. */
export function checksReport(all: readonly Checked[]): Report {
  const name = vscode.l10n.t('Endpoint Checks');
  const table = textTable<Checked>(
    [
      { title: vscode.l10n.t('Endpoint'), of: ({ endpoint }) => endpoint.name },
      { title: vscode.l10n.t('Profile'), of: ({ profile }) => profile },
      { title: vscode.l10n.t('Result'), of: ({ check }) => resultText(check) },
      ...checkColumns().map(({ of, ...column }) => ({
        ...column,
        of: ({ check }: Checked) => (check ? of(check) : ''),
      })),
    ],
    all,
  );
  return { name, text: reportText(name, table) };
}

/** One check, with all that is known of it. */
export function checkDetailsReport({ endpoint, profile, check }: Checked): Report {
  const name = checkName(endpoint);
  const facts: [string, string][] = [
    [vscode.l10n.t('Endpoint'), endpoint.name],
    [vscode.l10n.t('Address'), endpoint.baseUrl],
    [vscode.l10n.t('Profile'), profile],
    [vscode.l10n.t('Result'), resultText(check)],
  ];
  if (check) {
    const known = [timeColumn(), ...checkColumns()].map(({ title, of }): [string, string] => [
      title,
      of(check),
    ]);
    facts.push(...known.filter(([, value]) => value !== ''));
  }
  return { name, text: reportText(name, textFacts(facts), explanation(check)) };
}

/** The last checks of an endpoint, newest first. */
export function checkHistoryReport(endpoint: Endpoint, checks: readonly CheckRecord[]): Report {
  const name = vscode.l10n.t('Checks of {0}', endpoint.name);
  const table = textTable<CheckRecord>(
    [
      timeColumn(),
      { title: vscode.l10n.t('Result'), of: (check) => resultText(check) },
      ...checkColumns(),
      {
        title: vscode.l10n.t('Started'),
        of: ({ manual }) => (manual ? vscode.l10n.t('by hand') : vscode.l10n.t('by plan')),
      },
    ],
    checks,
  );
  return {
    name,
    text: reportText(name, checks.length > 0 ? table : [vscode.l10n.t('There was no check yet.')]),
  };
}

const checkName = ({ name }: Endpoint): string => vscode.l10n.t('Check of {0}', name);

const resultText = (check: CheckRecord | null): string =>
  check ? checkClassText(check.class) : vscode.l10n.t('No result');

/** What a result means for somebody who has to do something about it. */
const explanation = (check: CheckRecord | null): string[] => [
  check
    ? checkAdvice(check)
    : vscode.l10n.t(
        'The endpoint has no key, was changed or removed meanwhile, or speaks a protocol that QCC does not speak.',
      ),
];

function timeColumn(): Column<CheckRecord> {
  const { time } = figuresIn(vscode.env.language);
  return { title: vscode.l10n.t('Time'), of: ({ at }) => time(at) };
}

function checkColumns(): Column<CheckRecord>[] {
  const { count } = figuresIn(vscode.env.language);
  return [
    {
      title: vscode.l10n.t('Score'),
      of: ({ score }) => (score === null ? '' : count(score)),
      align: 'right',
    },
    { title: vscode.l10n.t('Reason'), of: checkCause },
    {
      title: vscode.l10n.t('HTTP status'),
      of: ({ status }) => (status === undefined ? '' : String(status)),
      align: 'right',
    },
    { title: vscode.l10n.t('Model'), of: ({ model }) => model },
    {
      title: vscode.l10n.t('First content'),
      of: ({ firstContentMs }) => (firstContentMs === null ? '' : firstByteText(firstContentMs)),
      align: 'right',
    },
    { title: vscode.l10n.t('Duration'), of: ({ durationMs }) => firstByteText(durationMs), align: 'right' },
    { title: vscode.l10n.t('Tokens'), of: ({ tokens }) => count(tokens), align: 'right' },
  ];
}
