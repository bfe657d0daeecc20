import * as vscode from 'vscode';
import type { Target } from '../../commands/target.ts';
import { type CommandId, commands } from '../../contributions.ts';
import { figuresIn } from '../../figures.ts';
import { authText } from '../../words.ts';
import { checkCause, checkText, quotaText, quotaTitle } from '../checkWords.ts';
import { appendLinks, type CommandLink } from '../commandLinks.ts';
import { effectiveWeight } from '../effectiveWeight.ts';
import type { EndpointRow } from '../endpointRows.ts';
import {
  causeText,
  conditionText,
  coolDownsText,
  firstByteText,
  nextTryTime,
  refusedModelsText,
} from '../endpointWords.ts';
import { failureText } from '../failureText.ts';
import { appendWords } from '../markdownText.ts';

/** A tooltip that fills the screen helps nobody. */
const shownLimits = 6;

/** What is said of an endpoint while the mouse is over it. */
export function endpointTooltip(row: EndpointRow): vscode.MarkdownString {
  const facts = [
    ...conditionFacts(row),
    ...checkFacts(row),
    ...routingFacts(row),
    ...stateFacts(row),
    ...quotaFacts(row),
  ];
  const tooltip = new vscode.MarkdownString('**').appendText(row.name).appendMarkdown('**\n\n');
  // As code, or it would become a link that opens a browser. A URL as it is stored holds no backtick.
  tooltip
    .appendMarkdown('- ')
    .appendText(vscode.l10n.t('Address: {0}', ''))
    .appendMarkdown(`\`${row.baseUrl}\`\n`);
  for (const [name, value] of facts) {
    appendWords(tooltip.appendMarkdown('- '), vscode.l10n.t('{0}: {1}', name, value)).appendMarkdown('\n');
  }
  appendLinks(tooltip, linksFor(row));
  return tooltip;
}

function linksFor({ id, condition, contextValue }: EndpointRow): CommandLink[] {
  const argument: Target = { kind: 'endpoint', id };
  const link = (title: string, command: CommandId): CommandLink => ({ title, command, argument });
  const links = [link(vscode.l10n.t('Edit'), commands.endpointEdit)];
  if (condition !== 'noKey') links.unshift(link(vscode.l10n.t('Test'), commands.endpointTest));
  links.push(link(vscode.l10n.t('Checks'), commands.healthHistory));
  if (contextValue.split(' ').includes('resettable')) {
    links.push(link(vscode.l10n.t('Reset Health'), commands.endpointReset));
  }
  return links;
}

/** A line of a tooltip: a name and what there is to say. */
type Fact = readonly [name: string, value: string];

function conditionFacts(row: EndpointRow): Fact[] {
  const word = conditionText(row.condition);
  const cause = causeText(row);
  const facts: Fact[] = [[vscode.l10n.t('State'), word]];
  if (cause !== undefined && cause !== word) facts.push([vscode.l10n.t('Reason'), cause]);
  // When it is checked is said with its checks.
  if ((row.condition === 'open' || row.condition === 'quarantined') && !row.quarantine?.byCheck) {
    facts.push([vscode.l10n.t('Next try'), nextTryTime(row)]);
  }
  if (row.coolDowns.length > 0) facts.push([vscode.l10n.t('Cooling down'), coolDownsText(row)]);
  if (row.refusedModels.length > 0) facts.push([vscode.l10n.t('Models refused'), refusedModelsText(row)]);
  return facts;
}

/** Weight and priority where the strategy of the profile asks for them. */
function routingFacts({ auth, strategy, weight, priority, state }: EndpointRow): Fact[] {
  const percent = state?.weightPercent ?? 100;
  const facts: Fact[] = [[vscode.l10n.t('Authentication'), authText(auth)]];
  if (strategy === 'priority') facts.push([vscode.l10n.t('Priority'), String(priority)]);
  if (strategy !== 'roundRobin') {
    const used = percent === 100 ? String(weight) : usedWeightText(weight, percent);
    facts.push([vscode.l10n.t('Weight'), used]);
  }
  return facts;
}

function usedWeightText(weight: number, percent: number): string {
  const share = figuresIn(vscode.env.language).percent(percent / 100);
  return vscode.l10n.t('{0}, used as {1} ({2})', weight, effectiveWeight(weight, percent), share);
}

function checkFacts({ state }: EndpointRow): Fact[] {
  if (!state) return [];
  const { last, isRefused, isRunning, nextAt, metrics } = state.check;
  const facts: Fact[] = [];
  if (last) {
    const words = [checkText(last), checkCause(last)].filter((text) => text !== '');
    facts.push([vscode.l10n.t('Last check'), words.join(' · ')]);
  }
  if (metrics.total > 0) {
    const { count } = figuresIn(vscode.env.language);
    const passed = vscode.l10n.t(
      '{0}, of which passed: {1}',
      count(metrics.total),
      count(metrics.byClass.passed),
    );
    facts.push([vscode.l10n.t('Checks so far'), passed]);
  }
  if (isRefused) {
    facts.push([vscode.l10n.t('Checks'), vscode.l10n.t('refused by the endpoint; they prove nothing')]);
  }
  if (isRunning) facts.push([vscode.l10n.t('Next check'), vscode.l10n.t('running')]);
  else if (nextAt !== null) facts.push([vscode.l10n.t('Next check'), time(nextAt)]);
  return facts;
}

function stateFacts({ state }: EndpointRow): Fact[] {
  if (!state) return [];
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
  if (state.warmUp) {
    const { failure: code, at, durationMs } = state.warmUp;
    const how = code === undefined ? firstByteText(durationMs) : failureText({ code, at });
    facts.push([vscode.l10n.t('Connection in advance'), how]);
  }
  return facts;
}

function quotaFacts({ quota }: EndpointRow): Fact[] {
  return quota.slice(0, shownLimits).map((limit) => [quotaTitle(limit), quotaText(limit)] as const);
}

const time = (at: number): string => figuresIn(vscode.env.language).time(at);
