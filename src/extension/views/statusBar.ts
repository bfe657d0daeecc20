import * as vscode from 'vscode';
import { activeProfileOf } from '../../core/configuration.ts';
import { commands, statusBarItem } from '../contributions.ts';
import type { Model, ModelValue } from '../model.ts';
import { plainLabel } from '../plainLabel.ts';
import { linkText } from '../words.ts';
import { conditionIcon, endpointNotes } from './endpointItem.ts';
import { rowsOf, waitingOf } from './endpointRows.ts';
import { waitingText } from './endpointWords.ts';
import { type Health, healthOf } from './health.ts';
import { appendWords } from './markdownText.ts';

const productName = 'QCC';
const longestName = 24;

/** Shows the health of the active profile at a glance. */
export function createStatusBar(model: Model): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(statusBarItem, vscode.StatusBarAlignment.Right, 100);
  item.name = productName;
  let shown = '';
  const update = (value: ModelValue) => {
    const health = healthOf(value);
    const tooltip = tooltipOf(value, health);
    const waiting = waitingOf(value);
    const text = [
      `$(${iconOf(health)}) ${plainLabel(shortNameOf(value))}`,
      ...(waiting ? [`$(watch) ${vscode.l10n.t('{0} waiting', waiting.count)}`] : []),
    ].join(' ');
    const key = [health, text, tooltip.value].join('\n');
    if (key === shown) return;
    shown = key;
    item.text = text;
    item.tooltip = tooltip;
    item.command = value.configuration.profiles.length > 0 ? commands.profileUse : commands.profileAdd;
    item.backgroundColor =
      health === 'failing' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    item.accessibilityInformation = {
      label: [
        productName,
        activeProfileOf(value.configuration)?.name,
        healthText(value, health),
        waiting && vscode.l10n.t('{0} waiting', waiting.count),
      ]
        .filter(Boolean)
        .join(', '),
    };
  };
  update(model.value);
  item.show();
  return vscode.Disposable.from(model.onDidChange(update), item);
}

function iconOf(health: Health): string {
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

function shortNameOf({ configuration }: ModelValue): string {
  const name = activeProfileOf(configuration)?.name ?? productName;
  const characters = [...name];
  return characters.length > longestName ? `${characters.slice(0, longestName - 1).join('')}…` : name;
}

function healthText(value: ModelValue, health: Health): string {
  switch (health) {
    case 'ok':
      return vscode.l10n.t('All endpoints are ready.');
    case 'degraded':
      return vscode.l10n.t('Some endpoints have trouble.');
    case 'failing':
      return linkText(value.link) ?? vscode.l10n.t('No endpoint of the active profile can serve.');
    case 'stopped':
      return vscode.l10n.t('The proxy is stopped.');
    case 'starting':
      return vscode.l10n.t('The proxy is starting…');
    case 'empty':
      return emptyText(value);
  }
}

function emptyText({ configuration }: ModelValue): string {
  if (configuration.profiles.length === 0) {
    return vscode.l10n.t('There is no profile yet. Add one to say where requests go.');
  }
  return activeProfileOf(configuration)
    ? vscode.l10n.t('The active profile has no endpoints.')
    : vscode.l10n.t('No profile is active.');
}

interface Link {
  readonly title: string;
  readonly command: string;
}

function tooltipOf(value: ModelValue, health: Health): vscode.MarkdownString {
  const active = rowsOf(value).find((profile) => profile.active);
  const links = linksFor(value, health);
  const tooltip = new vscode.MarkdownString(undefined, true);
  tooltip.isTrusted = { enabledCommands: links.map((link) => link.command) };
  tooltip
    .appendMarkdown('**')
    .appendText(active?.name ?? productName)
    .appendMarkdown('**\n\n');
  appendWords(tooltip, healthText(value, health)).appendMarkdown('\n\n');
  if (active?.waiting) appendWords(tooltip, waitingText(active.waiting)).appendMarkdown('\n\n');
  for (const endpoint of active?.endpoints ?? []) {
    tooltip.appendMarkdown(`- $(${conditionIcon(endpoint.condition).id}) `);
    appendWords(tooltip, [endpoint.name, ...endpointNotes(endpoint)].join(' · ')).appendMarkdown('\n');
  }
  if (value.state?.insecureTls) {
    appendWords(
      tooltip.appendMarkdown('\n\n'),
      vscode.l10n.t(
        'Certificates of endpoints are not checked, because the setting http.proxyStrictSSL is off.',
      ),
    );
  }
  const linkList = links.map(({ title, command }) => `[${title}](command:${command})`).join(' · ');
  return tooltip.appendMarkdown(`\n\n---\n\n${linkList}`);
}

function linksFor({ link, configuration }: ModelValue, health: Health): Link[] {
  const links: Link[] = [];
  if (health === 'stopped') links.push({ title: vscode.l10n.t('Start Proxy'), command: commands.proxyStart });
  if (configuration.profiles.length === 0) {
    links.push({ title: vscode.l10n.t('Add Profile'), command: commands.profileAdd });
  } else if (link.kind !== 'otherStore') {
    links.push({ title: vscode.l10n.t('Use Profile'), command: commands.profileUse });
  }
  links.push(
    { title: vscode.l10n.t('Metrics'), command: commands.metricsOpen },
    { title: vscode.l10n.t('Status'), command: commands.proxyStatus },
    { title: vscode.l10n.t('Log'), command: commands.proxyLogs },
  );
  return links;
}
