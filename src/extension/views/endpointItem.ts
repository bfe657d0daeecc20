import * as vscode from 'vscode';
import { authText, levelText } from '../words.ts';
import type { EndpointCondition } from './endpointCondition.ts';
import type { EndpointRow, ProfileRow, Row } from './endpointRows.ts';
import { failureText } from './failureText.ts';
import { appendWords } from './markdownText.ts';

/** Draws a row of the tree. */
export function treeItemOf(row: Row): vscode.TreeItem {
  return row.kind === 'profile' ? profileItem(row) : endpointItem(row);
}

function profileItem(row: ProfileRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = row.id;
  item.contextValue = row.contextValue;
  item.iconPath = row.active
    ? new vscode.ThemeIcon('circle-filled', new vscode.ThemeColor('charts.green'))
    : new vscode.ThemeIcon('circle-outline');
  const notes = [
    ...(row.active ? [vscode.l10n.t('active')] : []),
    ...(row.level ? [levelText(row.level)] : []),
    ...(row.endpoints.length === 0 ? [vscode.l10n.t('no endpoints')] : []),
  ];
  item.description = notes.join(' · ');
  const tooltip = new vscode.MarkdownString('**').appendText(row.name).appendMarkdown('**');
  if (row.description) appendWords(tooltip.appendMarkdown('\n\n'), row.description);
  item.tooltip = tooltip;
  item.accessibilityInformation = { label: [vscode.l10n.t('Profile {0}', row.name), ...notes].join(', ') };
  return item;
}

function endpointItem(row: EndpointRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.name, vscode.TreeItemCollapsibleState.None);
  item.id = row.id;
  item.contextValue = row.contextValue;
  item.iconPath = conditionIcon(row.condition);
  const notes = endpointNotes(row);
  item.description = notes.join(' · ');
  item.tooltip = endpointTooltip(row);
  item.accessibilityInformation = {
    label: [...new Set([vscode.l10n.t('Endpoint {0}', row.name), conditionText(row), ...notes])].join(', '),
  };
  return item;
}

/** The icon of a condition; its colour is one that themes, high contrast ones too, define. */
export function conditionIcon(condition: EndpointCondition): vscode.ThemeIcon {
  const icon = (name: string, color?: string) =>
    new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));
  switch (condition) {
    case 'disabled':
      return icon('circle-slash', 'disabledForeground');
    case 'noKey':
      return icon('key', 'list.warningForeground');
    case 'failed':
      return icon('error', 'list.errorForeground');
    case 'inFlight':
      return icon('arrow-swap', 'charts.blue');
    case 'ok':
      return icon('pass', 'charts.green');
    case 'unknown':
      return icon('circle-large-outline');
  }
}

/** How an endpoint stands, in a few words. */
export function conditionText({ condition, state }: EndpointRow): string {
  switch (condition) {
    case 'disabled':
      return vscode.l10n.t('Disabled');
    case 'noKey':
      return vscode.l10n.t('No key');
    case 'failed':
      return state?.failure ? failureText(state.failure) : vscode.l10n.t('Failing');
    case 'inFlight':
    case 'ok':
      return vscode.l10n.t('Working');
    case 'unknown':
      return vscode.l10n.t('Not used yet');
  }
}

/** What stands beside the name of an endpoint: what is wrong with it, its host, how fast it is, its load. */
export function endpointNotes(row: EndpointRow): string[] {
  const { condition, state } = row;
  const host = row.host === row.name ? [] : [row.host];
  const load = state && state.inFlight > 0 ? [vscode.l10n.t('{0} in flight', state.inFlight)] : [];
  if (condition === 'disabled' || condition === 'noKey' || condition === 'failed') {
    // What is wrong comes first: the rest is cut off in a narrow side bar.
    return [conditionText(row), ...host, ...load];
  }
  const speed = state && state.firstByteMs !== null ? [firstByteText(state.firstByteMs)] : [];
  return [...host, ...speed, ...load];
}

const firstByteText = (ms: number): string => vscode.l10n.t('{0} ms', Math.round(ms));

function endpointTooltip(row: EndpointRow): vscode.MarkdownString {
  const { state } = row;
  const time = (at: number) => new Date(at).toLocaleString(vscode.env.language);
  const facts: [string, string][] = [
    [vscode.l10n.t('State'), conditionText(row)],
    [vscode.l10n.t('Authentication'), authText(row.auth)],
    [vscode.l10n.t('Priority'), String(row.priority)],
  ];
  if (state) {
    facts.push([vscode.l10n.t('Requests'), String(state.requests)]);
    facts.push([vscode.l10n.t('Failures'), String(state.failures)]);
    if (state.firstByteMs !== null) {
      facts.push([vscode.l10n.t('First byte'), firstByteText(state.firstByteMs)]);
    }
    if (state.servedAt !== null) facts.push([vscode.l10n.t('Last served'), time(state.servedAt)]);
    if (state.failure) facts.push([vscode.l10n.t('Last failure'), time(state.failure.at)]);
  }
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
