import * as vscode from 'vscode';
import { levelText, strategyText } from '../../words.ts';
import type { ProfileRow } from '../endpointRows.ts';
import { recoveryNote } from '../servingWords.ts';
import { dimmed } from './dimmedRows.ts';
import { profileTooltip } from './profileTooltip.ts';

/** Draws a profile. */
export function profileItem(row: ProfileRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.name, vscode.TreeItemCollapsibleState.Expanded);
  item.iconPath = iconOf(row);
  const places = placeNotes(row);
  const waiting = row.waiting ? [vscode.l10n.t('{0} waiting', row.waiting.count)] : [];
  const notes = [
    ...(row.strategy === 'weighted' ? [] : [strategyText(row.strategy)]),
    ...(row.endpoints.length === 0 ? [vscode.l10n.t('no endpoints')] : []),
  ];
  item.description = [...places, ...waiting, ...notes].join(' · ');
  item.tooltip = profileTooltip(row);
  if (!row.enabled) item.resourceUri = dimmed(row.id);
  item.accessibilityInformation = {
    label: [
      vscode.l10n.t('Profile {0}', row.name),
      // Without the time left, or a screen reader would never stop.
      ...placeNotes({ ...row, recovery: row.recovery && { ...row.recovery, left: null } }),
      ...waiting,
      // On screen the row above says it.
      ...(row.level ? [levelText(row.level)] : []),
      ...notes,
    ].join(', '),
  };
  return item;
}

function iconOf({ enabled, active, serves, detour }: ProfileRow): vscode.ThemeIcon {
  const icon = (name: string, color: string) => new vscode.ThemeIcon(name, new vscode.ThemeColor(color));
  const trouble = 'list.warningForeground';
  // The user chose it, and it cannot do what it was chosen for.
  if (detour?.end === 'from') return icon(enabled ? 'circle-outline' : 'circle-slash', trouble);
  if (!enabled) return icon('circle-slash', 'disabledForeground');
  if (detour?.end === 'to') return icon('circle-filled', trouble);
  if (!serves) return new vscode.ThemeIcon('circle-outline');
  return icon('circle-filled', active ? 'charts.green' : trouble);
}

/** Whether a profile serves or was chosen to, what keeps it from that, and when it does again. */
function placeNotes({ enabled, active, serves, detour, recovery }: ProfileRow): string[] {
  const notes = enabled ? [] : [vscode.l10n.t('disabled')];
  if (serves) notes.push(active ? vscode.l10n.t('active') : vscode.l10n.t('stands in'));
  else if (active) notes.push(vscode.l10n.t('chosen'));
  else if (detour?.end === 'to') notes.push(vscode.l10n.t('stands in'));
  if (recovery) notes.push(recoveryNote(recovery));
  else if (active && !serves) notes.push(vscode.l10n.t('another profile stands in'));
  if (detour?.end === 'from' && detour.to !== null)
    notes.push(vscode.l10n.t('requests go to “{0}”', detour.to));
  return notes;
}
