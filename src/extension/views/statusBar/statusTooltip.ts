import * as vscode from 'vscode';
import { enabledEndpointsOf, type Profile } from '../../../core/configuration.ts';
import { commands } from '../../contributions.ts';
import type { ModelValue } from '../../model.ts';
import { needsChoice } from '../../proxyLink/linkStatus.ts';
import { timeLeft } from '../../timeLeft.ts';
import { linkText, otherVersionText } from '../../words.ts';
import { appendLinks, type CommandLink } from '../commandLinks.ts';
import { type ProfileRow, rowsOf } from '../endpointRows.ts';
import { conditionIcon, endpointNotes } from '../endpointTree/endpointItem.ts';
import { waitingText } from '../endpointWords.ts';
import { detourOf, type Health } from '../health.ts';
import { healthText } from '../healthWords.ts';
import { appendWords } from '../markdownText.ts';
import { type Serving, servingOf } from '../serving.ts';
import { standInText } from '../servingWords.ts';

/** In what steps seconds count down here: what is drawn again under the mouse cannot be read. */
const secondsStep = 10;
/** A tooltip that fills the screen helps nobody. */
const shownEndpoints = 12;

/** What is said while the mouse is over the item in the status bar. @param title what the item goes by */
export function statusTooltip(value: ModelValue, health: Health, title: string): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString(undefined, true);
  tooltip.appendMarkdown('**').appendText(title).appendMarkdown('**');
  for (const text of paragraphsOf(value, health)) appendWords(tooltip.appendMarkdown('\n\n'), text);
  tooltip.appendMarkdown('\n\n');
  const row = rowAtWork(value);
  if (row) appendEndpoints(tooltip, row);
  appendLinks(tooltip, linksFor(value, health));
  return tooltip;
}

function paragraphsOf(value: ModelValue, health: Health): string[] {
  const left = (until: number) => timeLeft(until, value.now, secondsStep);
  const { link } = value;
  const standIn = health === 'degraded' ? standInText(servingOf(value, left)) : undefined;
  const waiting = rowsOf(value, secondsStep).find((row) => row.waiting)?.waiting;
  const otherVersion = value.state ? otherVersionText(value.state.version) : undefined;
  const texts = [
    // It says the same, and what comes next.
    ...(standIn !== undefined && !detourOf(value) ? [] : [healthText(value, health)]),
    ...(link.kind === 'attached' && link.storedApart ? [linkText(link) ?? ''] : []),
    ...(standIn === undefined ? [] : [standIn]),
    ...(waiting ? [waitingText(waiting)] : []),
    ...(otherVersion === undefined ? [] : [otherVersion]),
    ...(value.state?.insecureTls
      ? [
          vscode.l10n.t(
            'Certificates of endpoints are not checked, because the setting http.proxyStrictSSL is off.',
          ),
        ]
      : []),
  ];
  // The health may be what the link says.
  return [...new Set(texts)];
}

/** The profile whose endpoints get the requests. */
function rowAtWork(value: ModelValue): ProfileRow | undefined {
  const profile = detourOf(value)?.to ?? servingOf(value).profile;
  return rowsOf(value, secondsStep).find(({ id }) => id === profile?.id);
}

function appendEndpoints(tooltip: vscode.MarkdownString, { endpoints }: ProfileRow): void {
  for (const endpoint of endpoints.slice(0, shownEndpoints)) {
    tooltip.appendMarkdown(`- $(${conditionIcon(endpoint.condition).id}) `);
    appendWords(tooltip, [endpoint.name, ...endpointNotes(endpoint)].join(' · ')).appendMarkdown('\n');
  }
  const more = endpoints.length - shownEndpoints;
  if (more > 0) appendWords(tooltip.appendMarkdown('\n'), vscode.l10n.t('and {0} more', more));
}

function linksFor(value: ModelValue, health: Health): CommandLink[] {
  const { link, configuration } = value;
  const serving = servingOf(value);
  const links: CommandLink[] = [];
  if (health === 'stopped') links.push({ title: vscode.l10n.t('Start Proxy'), command: commands.proxyStart });
  if (needsChoice(link)) {
    links.push({ title: vscode.l10n.t('Choose Configuration'), command: commands.configChoose });
  }
  if (link.kind !== 'otherStore') {
    links.push(...wayBackLinks(serving));
    links.push(
      configuration.profiles.length === 0
        ? { title: vscode.l10n.t('Add Profile'), command: commands.profileAdd }
        : { title: vscode.l10n.t('Use Profile'), command: commands.profileUse },
    );
  }
  const toCheck = detourOf(value)?.to ?? serving.profile;
  if (link.kind === 'attached' && toCheck && enabledEndpointsOf(toCheck).length > 0) {
    links.push(linkOn(toCheck, { title: vscode.l10n.t('Check Endpoints'), command: commands.healthCheck }));
  }
  return [
    ...links,
    { title: vscode.l10n.t('Metrics'), command: commands.metricsOpen },
    { title: vscode.l10n.t('Status'), command: commands.proxyStatus },
    { title: vscode.l10n.t('Log'), command: commands.proxyLogs },
  ];
}

/** What makes the chosen profile serve that does not. */
function wayBackLinks({ chosen, isStandIn }: Serving): CommandLink[] {
  if (!chosen) return [];
  if (!chosen.enabled) {
    return [linkOn(chosen, { title: vscode.l10n.t('Enable Profile'), command: commands.profileEnable })];
  }
  if (isStandIn) {
    return [linkOn(chosen, { title: vscode.l10n.t('Switch Back'), command: commands.levelSwitch })];
  }
  return chosen.endpoints.length === 0
    ? [linkOn(chosen, { title: vscode.l10n.t('Add Endpoint'), command: commands.endpointAdd })]
    : [];
}

const linkOn = ({ id }: Profile, link: CommandLink): CommandLink => ({
  ...link,
  argument: { kind: 'profile', id },
});
