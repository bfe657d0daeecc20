import * as vscode from 'vscode';
import { endpointDefaults } from '../../../core/configuration.ts';
import type { CheckRecord } from '../../../core/healthCheck.ts';
import { checkClassText } from '../checkWords.ts';
import { effectiveWeight } from '../effectiveWeight.ts';
import { type EndpointCondition, isWell } from '../endpointCondition.ts';
import type { EndpointRow } from '../endpointRows.ts';
import { causeText, conditionText, firstByteText, outlookTexts, pauseTexts } from '../endpointWords.ts';
import { dimmed } from './dimmedRows.ts';
import { endpointTooltip } from './endpointTooltip.ts';

/** Draws an endpoint. */
export function endpointItem(row: EndpointRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.name, vscode.TreeItemCollapsibleState.None);
  item.iconPath = conditionIcon(row.condition);
  const notes = endpointNotes(row);
  item.description = notes.join(' · ');
  item.tooltip = endpointTooltip(row);
  if (row.condition === 'disabled') item.resourceUri = dimmed(row.id);
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
 * What stands beside the name of an endpoint: what is wrong with it and for how long, how fast it is, its load, its
 * weight, what checks say, its host. What matters most comes first: the rest is cut off in a narrow side bar.
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
function factNotes(row: EndpointRow): string[] {
  const { name, host, condition, state, refusedModels } = row;
  const notes: string[] = [];
  if (state && state.firstByteMs !== null && isWell(condition)) notes.push(firstByteText(state.firstByteMs));
  if (state && state.inFlight > 0) notes.push(vscode.l10n.t('{0} in flight', state.inFlight));
  notes.push(...weightNotes(row));
  if (state?.check.isRefused) notes.push(vscode.l10n.t('cannot be checked'));
  else if (state?.check.last && isWell(condition)) notes.push(...checkNotes(state.check.last));
  if (refusedModels.length > 0) notes.push(vscode.l10n.t('models refused: {0}', refusedModels.length));
  if (host !== name) notes.push(host);
  return notes;
}

/** A weight that is not the usual one, where it decides who is next. */
function weightNotes({ strategy, weight, state }: EndpointRow): string[] {
  if (strategy === 'priority' || strategy === 'roundRobin') return [];
  const percent = state?.weightPercent ?? 100;
  if (percent !== 100)
    return [vscode.l10n.t('weight {0}, now {1}', weight, effectiveWeight(weight, percent))];
  return strategy === 'weighted' && weight !== endpointDefaults.weight
    ? [vscode.l10n.t('weight {0}', weight)]
    : [];
}

/** A check that found something although requests are served. */
function checkNotes(last: CheckRecord): string[] {
  switch (last.class) {
    case 'wrongAnswer':
    case 'failed':
    case 'timeout':
    case 'badKey':
      return [vscode.l10n.t('last check: {0}', checkClassText(last.class))];
    case 'passed':
    case 'rateLimited':
    case 'refused':
      return [];
  }
}
