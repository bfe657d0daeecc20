import * as vscode from 'vscode';
import type { Target } from '../../commands/target.ts';
import { commands } from '../../contributions.ts';
import { endpointItem } from './endpointItem.ts';
import { levelItem } from './levelItem.ts';
import { profileItem } from './profileItem.ts';
import type { FirstEndpointRow, TreeRow } from './treeRows.ts';

/** Draws a row of the tree. */
export function treeItemOf(row: TreeRow): vscode.TreeItem {
  const item = drawn(row);
  item.id = row.id;
  item.contextValue = row.contextValue;
  return item;
}

function drawn(row: TreeRow): vscode.TreeItem {
  switch (row.kind) {
    case 'level':
      return levelItem(row);
    case 'profile':
      return profileItem(row);
    case 'endpoint':
      return endpointItem(row);
    case 'firstEndpoint':
      return firstEndpointItem(row);
  }
}

function firstEndpointItem({ profileId, profileName }: FirstEndpointRow): vscode.TreeItem {
  const title = vscode.l10n.t('Add Endpoint');
  const item = new vscode.TreeItem(vscode.l10n.t('Add Endpoint…'));
  item.iconPath = new vscode.ThemeIcon('add');
  item.tooltip = vscode.l10n.t('Add the first endpoint of this profile');
  const target: Target = { kind: 'profile', id: profileId };
  item.command = { command: commands.endpointAdd, title, arguments: [target] };
  item.accessibilityInformation = { label: vscode.l10n.t('Add an endpoint to {0}', profileName) };
  return item;
}
