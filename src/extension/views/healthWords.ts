import * as vscode from 'vscode';
import type { ModelValue } from '../model.ts';
import { linkText } from '../words.ts';
import { type Detour, detourOf, type Health } from './health.ts';
import { servingOf } from './serving.ts';
import { standInText } from './servingWords.ts';

/** What is to be known of the health, as a sentence or two that do not change by time alone. */
export function healthText(value: ModelValue, health: Health): string {
  switch (health) {
    case 'ok':
      return vscode.l10n.t('All endpoints are ready.');
    case 'degraded':
      return degradedText(value);
    case 'failing':
      return linkText(value.link) ?? obstacleText(value) ?? '';
    case 'stopped':
      return vscode.l10n.t('The proxy is stopped.');
    case 'starting':
      return vscode.l10n.t('The proxy is starting…');
    case 'empty':
      return emptyText(value);
  }
}

/** What keeps the profile that is to serve from it, and where requests go instead; undefined when nothing does. */
export function obstacleText(value: ModelValue): string | undefined {
  const detour = detourOf(value);
  if (!detour) return undefined;
  const obstacle = whyText(detour);
  return detour.to ? `${obstacle} ${vscode.l10n.t('Requests go to “{0}”.', detour.to.name)}` : obstacle;
}

function whyText({ from: { name }, why }: Detour): string {
  switch (why) {
    case 'disabled':
      return vscode.l10n.t('The profile “{0}” is disabled.', name);
    case 'empty':
      return vscode.l10n.t('The profile “{0}” has no endpoints.', name);
    case 'allDisabled':
      return vscode.l10n.t('All endpoints of the profile “{0}” are disabled.', name);
    case 'failing':
      return vscode.l10n.t('No endpoint of the profile “{0}” can serve.', name);
  }
}

function degradedText(value: ModelValue): string {
  const serving = servingOf(value);
  const recovery = serving.recovery && { ...serving.recovery, left: null };
  return (
    obstacleText(value) ??
    standInText({ ...serving, recovery }) ??
    linkText(value.link) ??
    vscode.l10n.t('Some endpoints have trouble.')
  );
}

function emptyText(value: ModelValue): string {
  if (value.configuration.profiles.length === 0) {
    return vscode.l10n.t('There is no profile yet. Add one to say where requests go.');
  }
  return obstacleText(value) ?? vscode.l10n.t('No profile is active.');
}
