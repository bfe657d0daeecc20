import * as vscode from 'vscode';
import type { Configuration, Profile } from '../../core/configuration.ts';
import { plainLabel } from '../plainLabel.ts';
import { byLevel } from '../views/endpointRows.ts';
import { levelText } from '../words.ts';
import type { Target } from './target.ts';

/** The id of the profile to use, or the profile whose edit button was pressed. */
type Picked = string | { readonly edit: Target };

interface ProfileItem extends vscode.QuickPickItem {
  readonly id: string;
}

/** Asks which profile is to serve; the one that serves now is marked. Undefined cancels. */
export async function pickProfileToUse(configuration: Configuration): Promise<Picked | undefined> {
  const pick = vscode.window.createQuickPick<ProfileItem>();
  pick.title = vscode.l10n.t('Use Profile');
  pick.placeholder = vscode.l10n.t('Choose the profile that serves');
  pick.matchOnDescription = true;
  pick.items = byLevel(configuration.profiles).map((profile) => itemOf(profile, configuration.activeProfile));
  pick.activeItems = pick.items.filter((item) => item.id === configuration.activeProfile);
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

function itemOf(profile: Profile, activeProfile: string | null): ProfileItem {
  const active = profile.id === activeProfile;
  const enabled = profile.endpoints.filter((endpoint) => endpoint.enabled).length;
  const notes = [
    ...(active ? [vscode.l10n.t('active')] : []),
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
