import * as vscode from 'vscode';
import { endpointDefaults } from '../../core/configuration.ts';
import type { CheckRecord } from '../../core/healthCheck.ts';
import { levelText, strategyText } from '../words.ts';
import { checkClassText } from './checkWords.ts';
import { type EndpointCondition, isWell } from './endpointCondition.ts';
import type { EndpointRow, ProfileRow, Row } from './endpointRows.ts';
import { endpointTooltip } from './endpointTooltip.ts';
import {
  causeText,
  conditionText,
  effectiveWeight,
  firstByteText,
  outlookTexts,
  pauseTexts,
} from './endpointWords.ts';
import { profileTooltip } from './profileTooltip.ts';
import { recoveryNote } from './servingWords.ts';

/** Draws a row of the tree. */
export function treeItemOf(row: Row): vscode.TreeItem {
  return row.kind === 'profile' ? profileItem(row) : endpointItem(row);
}

function profileItem(row: ProfileRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = row.id;
  item.contextValue = row.contextValue;
  item.iconPath = row.serves
    ? new vscode.ThemeIcon(
        'circle-filled',
        new vscode.ThemeColor(row.active ? 'charts.green' : 'list.warningForeground'),
      )
    : new vscode.ThemeIcon('circle-outline');
  const notes = [
    ...placeNotes(row),
    ...(row.waiting ? [vscode.l10n.t('{0} waiting', row.waiting.count)] : []),
    ...(row.level ? [levelText(row.level)] : []),
    ...(row.strategy === 'weighted' ? [] : [strategyText(row.strategy)]),
    ...(row.endpoints.length === 0 ? [vscode.l10n.t('no endpoints')] : []),
  ];
  item.description = notes.join(' · ');
  item.tooltip = profileTooltip(row);
  // Without the time left, or a screen reader would never stop.
  const timeless = placeNotes({ ...row, recovery: row.recovery && { ...row.recovery, left: null } });
  const spoken = [...timeless, ...notes.slice(timeless.length)];
  item.accessibilityInformation = { label: [vscode.l10n.t('Profile {0}', row.name), ...spoken].join(', ') };
  return item;
}

/** Whether a profile serves or was chosen to, and when it does again. */
function placeNotes({ active, serves, recovery }: ProfileRow): string[] {
  if (serves) return [active ? vscode.l10n.t('active') : vscode.l10n.t('stands in')];
  const outlook = recovery ? [recoveryNote(recovery)] : [];
  if (!active) return outlook;
  return [vscode.l10n.t('chosen'), ...(recovery ? outlook : [vscode.l10n.t('another profile stands in')])];
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
function factNotes(row: EndpointRow): string[] {
  const { name, host, condition, state, refusedModels } = row;
  const notes = host === name ? [] : [host];
  if (state && state.firstByteMs !== null && isWell(condition)) notes.push(firstByteText(state.firstByteMs));
  if (state && state.inFlight > 0) notes.push(vscode.l10n.t('{0} in flight', state.inFlight));
  notes.push(...weightNotes(row));
  if (state?.check.isRefused) notes.push(vscode.l10n.t('cannot be checked'));
  else if (state?.check.last && isWell(condition)) notes.push(...checkNotes(state.check.last));
  if (refusedModels.length > 0) notes.push(vscode.l10n.t('models refused: {0}', refusedModels.length));
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
