import * as vscode from 'vscode';
import { authText } from '../words.ts';
import type { EndpointRow } from './endpointRows.ts';
import {
  causeText,
  conditionText,
  coolDownsText,
  firstByteText,
  nextTryTime,
  refusedModelsText,
} from './endpointWords.ts';
import { appendWords } from './markdownText.ts';

/** What is said of an endpoint while the mouse is over it. */
export function endpointTooltip(row: EndpointRow): vscode.MarkdownString {
  const facts = [...conditionFacts(row), ...routingFacts(row), ...stateFacts(row)];
  const tooltip = new vscode.MarkdownString('**').appendText(row.name).appendMarkdown('**\n\n');
  // As code, or it would become a link that opens a browser. A URL as it is stored holds no backtick.
  tooltip
    .appendMarkdown('- ')
    .appendText(vscode.l10n.t('Address: {0}', ''))
    .appendMarkdown(`\`${row.baseUrl}\`\n`);
  for (const [name, value] of facts) {
    appendWords(tooltip.appendMarkdown('- '), vscode.l10n.t('{0}: {1}', name, value)).appendMarkdown('\n');
  }
  return tooltip;
}

/** A line of a tooltip: a name and what there is to say. */
type Fact = readonly [name: string, value: string];

function conditionFacts(row: EndpointRow): Fact[] {
  const word = conditionText(row.condition);
  const cause = causeText(row);
  const facts: Fact[] = [[vscode.l10n.t('State'), word]];
  if (cause !== undefined && cause !== word) facts.push([vscode.l10n.t('Reason'), cause]);
  if (row.condition === 'open' || row.condition === 'quarantined') {
    facts.push([vscode.l10n.t('Next try'), nextTryTime(row)]);
  }
  if (row.coolDowns.length > 0) facts.push([vscode.l10n.t('Cooling down'), coolDownsText(row)]);
  if (row.refusedModels.length > 0) facts.push([vscode.l10n.t('Models refused'), refusedModelsText(row)]);
  return facts;
}

/** Weight and priority where the strategy of the profile asks for them. */
function routingFacts({ auth, strategy, weight, priority }: EndpointRow): Fact[] {
  const facts: Fact[] = [[vscode.l10n.t('Authentication'), authText(auth)]];
  if (strategy === 'priority') facts.push([vscode.l10n.t('Priority'), String(priority)]);
  if (strategy !== 'roundRobin') facts.push([vscode.l10n.t('Weight'), String(weight)]);
  return facts;
}

function stateFacts({ state }: EndpointRow): Fact[] {
  if (!state) return [];
  const time = (at: number) => new Date(at).toLocaleString(vscode.env.language);
  const facts: Fact[] = [
    [vscode.l10n.t('Requests'), String(state.requests)],
    [vscode.l10n.t('Failures'), String(state.failures)],
  ];
  if (state.consecutiveFailures > 0) {
    facts.push([vscode.l10n.t('Failures in a row'), String(state.consecutiveFailures)]);
  }
  if (state.firstByteMs !== null) facts.push([vscode.l10n.t('First byte'), firstByteText(state.firstByteMs)]);
  if (state.servedAt !== null) facts.push([vscode.l10n.t('Last served'), time(state.servedAt)]);
  if (state.failure) facts.push([vscode.l10n.t('Last failure'), time(state.failure.at)]);
  return facts;
}
