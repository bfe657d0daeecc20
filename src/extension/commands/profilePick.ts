import * as vscode from 'vscode';
import { enabledEndpointsOf, type Profile } from '../../core/configuration.ts';
import { type CommandId, commands } from '../contributions.ts';
import type { Model, ModelValue } from '../model.ts';
import { plainLabel } from '../plainLabel.ts';
import { byLevel } from '../views/endpointRows.ts';
import { type ProfileCondition, profileConditionOf, readyEndpointsOf } from '../views/health.ts';
import { type Serving, servingOf } from '../views/serving.ts';
import { levelText } from '../words.ts';
import { type LiveItem, pickLive, type TitleButton } from './livePick.ts';
import type { Target } from './target.ts';

/** A button of a row: what it runs on the profile. */
interface ProfileButton extends vscode.QuickInputButton {
  readonly command: CommandId;
}

/**
 * Asks which profile is to serve, and shows meanwhile how all of them do.
 *
 * @returns its id; undefined when the user cancelled, or went where one of the buttons leads
 */
export async function pickProfileToUse(model: Model): Promise<string | undefined> {
  const picked = await pickLive<LiveItem>({
    title: vscode.l10n.t('Use Profile'),
    placeholder: vscode.l10n.t('Choose the profile that serves'),
    items: () => profileItems(model.value),
    onDidChange: model.onDidChange,
    active: model.value.configuration.activeProfile ?? undefined,
    titleButtons: [
      titleButton('graph', vscode.l10n.t('Metrics'), commands.metricsOpen),
      titleButton('add', vscode.l10n.t('Add Profile'), commands.profileAdd),
    ],
  });
  const id = picked?.item.id;
  if (!picked?.button || id === undefined) return id;
  const target: Target = { kind: 'profile', id };
  await vscode.commands.executeCommand((picked.button as ProfileButton).command, target);
  return undefined;
}

const titleButton = (icon: string, tooltip: string, command: CommandId): TitleButton => ({
  iconPath: new vscode.ThemeIcon(icon),
  tooltip,
  run: () => vscode.commands.executeCommand(command),
});

function profileItems(value: ModelValue): LiveItem[] {
  const serving = servingOf(value);
  return byLevel(value.configuration.profiles).map((profile) => profileItem(profile, value, serving));
}

function profileItem(profile: Profile, value: ModelValue, serving: Serving): LiveItem {
  const condition = profileConditionOf(profile, value);
  const notes = [
    ...roleNotes(profile, serving),
    ...(condition === 'disabled' ? [vscode.l10n.t('disabled')] : []),
    readyText(profile, condition, value),
    ...(profile.priority ? [levelText(profile.priority)] : []),
  ];
  return {
    id: profile.id,
    label: `$(${profile === serving.chosen ? 'check' : 'blank'}) $(${conditionIcon(condition)}) ${plainLabel(profile.name)}`,
    description: notes.join(' · '),
    ...(profile.description ? { detail: plainLabel(profile.description) } : {}),
    buttons: buttonsFor(profile, value),
  };
}

function roleNotes(profile: Profile, { profile: serves, chosen, isStandIn }: Serving): string[] {
  if (profile === chosen) return [isStandIn ? vscode.l10n.t('chosen') : vscode.l10n.t('active')];
  return isStandIn && profile === serves ? [vscode.l10n.t('stands in')] : [];
}

function readyText(profile: Profile, condition: ProfileCondition, value: ModelValue): string {
  if (condition === 'empty' || profile.endpoints.length === 0) return vscode.l10n.t('no endpoints');
  const enabled = profile.endpoints.filter((endpoint) => endpoint.enabled).length;
  if (condition === 'disabled' || condition === 'allDisabled' || value.state === null) {
    return vscode.l10n.t('enabled endpoints: {0}', enabled);
  }
  return vscode.l10n.t('{0} of {1} endpoints ready', readyEndpointsOf(profile, value).length, enabled);
}

function conditionIcon(condition: ProfileCondition): string {
  switch (condition) {
    case 'ok':
      return 'pass';
    case 'degraded':
      return 'warning';
    case 'failing':
      return 'error';
    case 'allDisabled':
    case 'disabled':
      return 'circle-slash';
    case 'empty':
      return 'circle-large-outline';
  }
}

function buttonsFor(profile: Profile, { link }: ModelValue): ProfileButton[] {
  const button = (icon: string, tooltip: string, command: CommandId): ProfileButton => ({
    iconPath: new vscode.ThemeIcon(icon),
    tooltip,
    command,
  });
  return [
    ...(link.kind === 'attached' && enabledEndpointsOf(profile).length > 0
      ? [button('pulse', vscode.l10n.t('Check Endpoints'), commands.healthCheck)]
      : []),
    button('edit', vscode.l10n.t('Edit Profile'), commands.profileEdit),
  ];
}
