import * as vscode from 'vscode';
import type { Profile } from '../../core/configuration.ts';
import type { ModelValue } from '../model.ts';
import { plainLabel } from '../plainLabel.ts';
import { byLevel } from '../views/endpointRows.ts';
import { type Serving, servingOf } from '../views/serving.ts';
import { levelText } from '../words.ts';
import type { Target } from './target.ts';

/** The id of the profile to use, or the profile whose edit button was pressed. */
type Picked = string | { readonly edit: Target };

interface ProfileItem extends vscode.QuickPickItem {
  readonly id: string;
}

/** Asks which profile is to serve; the chosen one is marked, and another one that stands in for it. Undefined cancels. */
export async function pickProfileToUse(value: ModelValue): Promise<Picked | undefined> {
  const { configuration } = value;
  const serving = servingOf(value);
  const pick = vscode.window.createQuickPick<ProfileItem>();
  pick.title = vscode.l10n.t('Use Profile');
  pick.placeholder = vscode.l10n.t('Choose the profile that serves');
  pick.matchOnDescription = true;
  pick.items = byLevel(configuration.profiles).map((profile) => itemOf(profile, serving));
  // To name no row would take the focus from the first one, and Enter would do nothing.
  const present = pick.items.filter((item) => item.id === configuration.activeProfile);
  if (present.length > 0) pick.activeItems = present;
  try {
    return await new Promise<Picked | undefined>((resolve) => {
      pick.onDidAccept(() => resolve(pick.activeItems[0]?.id));
      pick.onDidTriggerItemButton(({ item }) => resolve({ edit: { kind: 'profile', id: item.id } }));
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

function itemOf(profile: Profile, { profile: serves, chosen, isStandIn }: Serving): ProfileItem {
  const active = profile === chosen;
  const enabled = profile.endpoints.filter((endpoint) => endpoint.enabled).length;
  const notes = [
    ...(active ? [isStandIn ? vscode.l10n.t('chosen') : vscode.l10n.t('active')] : []),
    ...(isStandIn && profile === serves ? [vscode.l10n.t('stands in')] : []),
    ...(profile.priority ? [levelText(profile.priority)] : []),
    vscode.l10n.t('enabled endpoints: {0}', enabled),
  ];
  return {
    id: profile.id,
    label: `${active ? '$(check)' : '$(blank)'} ${plainLabel(profile.name)}`,
    description: notes.join(' · '),
    ...(profile.description ? { detail: plainLabel(profile.description) } : {}),
    buttons: [{ iconPath: new vscode.ThemeIcon('edit'), tooltip: vscode.l10n.t('Edit Profile') }],
  };
}
