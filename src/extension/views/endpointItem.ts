import * as vscode from 'vscode';
import { endpointDefaults } from '../../core/configuration.ts';
import { levelText, strategyText } from '../words.ts';
import { type EndpointCondition, isWell } from './endpointCondition.ts';
import type { EndpointRow, ProfileRow, Row } from './endpointRows.ts';
import { endpointTooltip } from './endpointTooltip.ts';
import {
  causeText,
  conditionText,
  firstByteText,
  outlookTexts,
  pauseTexts,
  waitingText,
} from './endpointWords.ts';
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
    ...(row.waiting ? [vscode.l10n.t('{0} waiting', row.waiting.count)] : []),
    ...(row.level ? [levelText(row.level)] : []),
    ...(row.strategy === 'weighted' ? [] : [strategyText(row.strategy)]),
    ...(row.endpoints.length === 0 ? [vscode.l10n.t('no endpoints')] : []),
  ];
  item.description = notes.join(' · ');
  const tooltip = new vscode.MarkdownString('**').appendText(row.name).appendMarkdown('**');
  if (row.description) appendWords(tooltip.appendMarkdown('\n\n'), row.description);
  const strategy = vscode.l10n.t('{0}: {1}', vscode.l10n.t('Strategy'), strategyText(row.strategy));
  appendWords(tooltip.appendMarkdown('\n\n'), strategy);
  if (row.waiting) appendWords(tooltip.appendMarkdown('\n\n'), waitingText(row.waiting));
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
  // Without the time left, or a screen reader would never stop.
  const spoken = [causeText(row) ?? [], conditionText(row.condition), factNotes(row)].flat();
  item.accessibilityInformation = {
    label: [...new Set([vscode.l10n.t('Endpoint {0}', row.name), ...spoken])].join(', '),
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
    case 'quarantined':
      return icon('error', 'list.errorForeground');
    case 'open':
      return icon('debug-pause', 'list.errorForeground');
    case 'trial':
      return icon('debug-restart', 'list.warningForeground');
    case 'failing':
      return icon('warning', 'list.warningForeground');
    case 'coolingDown':
      return icon('watch', 'list.warningForeground');
    case 'limited':
      return icon('pulse', 'list.warningForeground');
    case 'inFlight':
      return icon('arrow-swap', 'charts.blue');
    case 'ok':
      return icon('pass', 'charts.green');
    case 'ready':
    case 'unknown':
      return icon('circle-large-outline');
  }
}

/**
 * What stands beside the name of an endpoint: what is wrong with it and for how long, its host, how fast it is, its
 * load. What matters most comes first: the rest is cut off in a narrow side bar.
 */
export function endpointNotes(row: EndpointRow): string[] {
  return [...troubleNotes(row), ...factNotes(row)];
}

function troubleNotes(row: EndpointRow): string[] {
  const word = conditionText(row.condition);
  const cause = causeText(row);
  switch (row.condition) {
    case 'quarantined':
    case 'failing':
    case 'limited':
    case 'disabled':
    case 'noKey':
      // Why it is so tells the user what to do.
      return [cause ?? word, ...outlookTexts(row)];
    case 'open':
    case 'trial':
    case 'coolingDown':
      // It ends by itself: how soon matters more than why.
      return [...pauseTexts(row), ...(cause === undefined ? [] : [cause])];
    case 'inFlight':
    case 'ok':
    case 'ready':
    case 'unknown':
      return [];
  }
}

/** What is known of an endpoint, whatever its condition. */
function factNotes({ name, host, condition, state, strategy, weight, refusedModels }: EndpointRow): string[] {
  const notes = host === name ? [] : [host];
  if (state && state.firstByteMs !== null && isWell(condition)) notes.push(firstByteText(state.firstByteMs));
  if (state && state.inFlight > 0) notes.push(vscode.l10n.t('{0} in flight', state.inFlight));
  if (strategy === 'weighted' && weight !== endpointDefaults.weight) {
    notes.push(vscode.l10n.t('weight {0}', weight));
  }
  if (refusedModels.length > 0) notes.push(vscode.l10n.t('models refused: {0}', refusedModels.length));
  return notes;
}
