import * as vscode from 'vscode';
import type { LevelTarget } from '../../commands/target.ts';
import { commands } from '../../contributions.ts';
import { levelTitle } from '../../words.ts';
import { dimmed } from './dimmedRows.ts';
import type { LevelRow } from './treeRows.ts';

/** Draws a priority level; one without a profile only shows that there could be one. */
export function levelItem({ id, level, profiles }: LevelRow): vscode.TreeItem {
  const title = level === null ? vscode.l10n.t('Without level') : levelTitle(level);
  const isEmpty = profiles.length === 0;
  const item = new vscode.TreeItem(
    title,
    isEmpty ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Expanded,
  );
  const nobody = vscode.l10n.t('no profile');
  item.iconPath = isEmpty
    ? new vscode.ThemeIcon('layers', new vscode.ThemeColor('disabledForeground'))
    : new vscode.ThemeIcon('layers');
  item.tooltip = level === null ? restText() : levelDetail(isEmpty);
  item.accessibilityInformation = {
    label:
      level === null
        ? vscode.l10n.t('Profiles without level')
        : [vscode.l10n.t('Level {0}', title), ...(isEmpty ? [nobody] : [])].join(', '),
  };
  if (!isEmpty) return item;
  item.description = nobody;
  item.resourceUri = dimmed(id);
  if (level !== null) {
    const target: LevelTarget = { kind: 'level', level };
    const command = { command: commands.levelList, title: vscode.l10n.t('Set another profile') };
    item.command = { ...command, arguments: [target] };
  }
  return item;
}

const restText = (): string =>
  vscode.l10n.t('These profiles stand in for no other one. Drag one to a level to change that.');

function levelDetail(isEmpty: boolean): string {
  const rule = vscode.l10n.t(
    'When no endpoint of one profile can serve, the profile of the next level does.',
  );
  return isEmpty
    ? `${rule}\n${vscode.l10n.t('Drag a profile here, or click to choose one.')}`
    : `${rule}\n${vscode.l10n.t('Drag another profile here to put it in its place.')}`;
}
