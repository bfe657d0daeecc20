import * as vscode from 'vscode';
import type { Target } from '../commands/target.ts';
import { commands, statusBarItem } from '../contributions.ts';
import type { Model, ModelValue } from '../model.ts';
import { plainLabel } from '../plainLabel.ts';
import { linkText } from '../words.ts';
import { conditionIcon, endpointNotes } from './endpointItem.ts';
import { rowsOf, waitingOf } from './endpointRows.ts';
import { waitingText } from './endpointWords.ts';
import { type Health, healthOf } from './health.ts';
import { appendWords } from './markdownText.ts';
import { servingOf } from './serving.ts';
import { standInText } from './servingWords.ts';

const productName = 'QCC';
const longestName = 24;

/** Shows the health of the profile that serves at a glance. */
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
        servingOf(value).profile?.name,
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

function shortNameOf(value: ModelValue): string {
  const name = servingOf(value).profile?.name ?? productName;
  const characters = [...name];
  return characters.length > longestName ? `${characters.slice(0, longestName - 1).join('')}…` : name;
}

function healthText(value: ModelValue, health: Health): string {
  switch (health) {
    case 'ok':
      return vscode.l10n.t('All endpoints are ready.');
    case 'degraded':
      return servingOf(value).isStandIn
        ? vscode.l10n.t('The active profile failed, and another one stands in.')
        : vscode.l10n.t('Some endpoints have trouble.');
    case 'failing':
      return linkText(value.link) ?? cannotServeText(value);
    case 'stopped':
      return vscode.l10n.t('The proxy is stopped.');
    case 'starting':
      return vscode.l10n.t('The proxy is starting…');
    case 'empty':
      return emptyText(value);
  }
}

function cannotServeText(value: ModelValue): string {
  const { profile, isStandIn } = servingOf(value);
  return isStandIn && profile
    ? vscode.l10n.t('No endpoint of the profile “{0}” can serve.', profile.name)
    : vscode.l10n.t('No endpoint of the active profile can serve.');
}

function emptyText(value: ModelValue): string {
  const { configuration } = value;
  if (configuration.profiles.length === 0) {
    return vscode.l10n.t('There is no profile yet. Add one to say where requests go.');
  }
  return servingOf(value).profile
    ? vscode.l10n.t('The active profile has no endpoints.')
    : vscode.l10n.t('No profile is active.');
}

interface Link {
  readonly title: string;
  readonly command: string;
  readonly argument?: Target;
}

function tooltipOf(value: ModelValue, health: Health): vscode.MarkdownString {
  const row = rowsOf(value).find((profile) => profile.serves);
  const standIn = standInText(servingOf(value));
  const links = linksFor(value, health);
  const tooltip = new vscode.MarkdownString(undefined, true);
  tooltip.isTrusted = { enabledCommands: links.map((link) => link.command) };
  tooltip
    .appendMarkdown('**')
    .appendText(row?.name ?? productName)
    .appendMarkdown('**\n\n');
  const isSaid = standIn !== undefined && health === 'degraded';
  appendWords(tooltip, isSaid ? standIn : healthText(value, health)).appendMarkdown('\n\n');
  if (row?.waiting) appendWords(tooltip, waitingText(row.waiting)).appendMarkdown('\n\n');
  for (const endpoint of row?.endpoints ?? []) {
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
  const linkList = links
    .map((link) => `[${link.title}](command:${link.command}${argumentOf(link)})`)
    .join(' · ');
  return tooltip.appendMarkdown(`\n\n---\n\n${linkList}`);
}

const argumentOf = ({ argument }: Link): string =>
  argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([argument]))}`;

function linksFor(value: ModelValue, health: Health): Link[] {
  const { link, configuration } = value;
  const links: Link[] = [];
  if (health === 'stopped') links.push({ title: vscode.l10n.t('Start Proxy'), command: commands.proxyStart });
  const { chosen, isStandIn } = servingOf(value);
  if (isStandIn && chosen) {
    const argument: Target = { kind: 'profile', id: chosen.id };
    links.push({ title: vscode.l10n.t('Switch Back'), command: commands.levelSwitch, argument });
  }
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
