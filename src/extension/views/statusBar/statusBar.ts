import * as vscode from 'vscode';
import { type CommandId, commands, statusBarItem } from '../../contributions.ts';
import type { Model, ModelValue } from '../../model.ts';
import { plainLabel } from '../../plainLabel.ts';
import { needsChoice } from '../../proxyLink/linkStatus.ts';
import { waitingOf } from '../endpointRows.ts';
import { detourOf, type Health, healthOf } from '../health.ts';
import { healthText } from '../healthWords.ts';
import { servingOf } from '../serving.ts';
import { statusTooltip } from './statusTooltip.ts';

const productName = 'QCC';
const longestName = 24;

/** Shows the health of the profile that serves at a glance. */
export function createStatusBar(model: Model): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(statusBarItem, vscode.StatusBarAlignment.Right, 100);
  item.name = productName;
  let shown = '';
  const update = (value: ModelValue) => {
    const health = healthOf(value);
    const name = nameAtWork(value);
    const tooltip = statusTooltip(value, health, name);
    const waiting = waitingNote(value);
    const text = [`$(${healthIcon(health)}) ${plainLabel(shortened(name))}`, ...waiting].join(' · ');
    const key = [health, text, tooltip.value].join('\n');
    if (key === shown) return;
    shown = key;
    item.text = text;
    item.tooltip = tooltip;
    item.command = commandFor(value);
    item.backgroundColor =
      health === 'failing' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    const spoken = [
      productName,
      ...(name === productName ? [] : [name]),
      healthText(value, health),
      ...waiting,
    ];
    item.accessibilityInformation = { label: spoken.join(', '), role: 'button' };
  };
  update(model.value);
  item.show();
  return vscode.Disposable.from(model.onDidChange(update), item);
}

function commandFor({ link, configuration }: ModelValue): CommandId {
  if (needsChoice(link)) return commands.configChoose;
  return configuration.profiles.length > 0 ? commands.profileUse : commands.profileAdd;
}

function healthIcon(health: Health): string {
  switch (health) {
    case 'ok':
      return 'pass';
    case 'degraded':
      return 'warning';
    case 'failing':
      return 'error';
    case 'stopped':
      return 'circle-slash';
    case 'starting':
      return 'sync';
    case 'empty':
      return 'plug';
  }
}

/** The name of the profile whose endpoints get the requests. */
function nameAtWork(value: ModelValue): string {
  const profile = detourOf(value)?.to ?? servingOf(value).profile;
  return profile?.name ?? productName;
}

function shortened(name: string): string {
  const characters = [...name];
  return characters.length > longestName ? `${characters.slice(0, longestName - 1).join('')}…` : name;
}

function waitingNote(value: ModelValue): string[] {
  const waiting = waitingOf(value);
  return waiting ? [vscode.l10n.t('{0} waiting', waiting.count)] : [];
}
