import * as vscode from 'vscode';
import { activateProfile } from '../../core/configurationEdits.ts';
import { plainLabel } from '../plainLabel.ts';
import { servingOf } from '../views/serving.ts';
import { answerOf, remark } from './answer.ts';
import type { CommandContext } from './commandContext.ts';
import { submit } from './submit.ts';

/**
 * Has a profile serve by hand: makes it the active one, switching it on where it is off, or, where it is the active one
 * but failed, has it serve again without waiting for a check.
 */
export async function switchTo(context: CommandContext, profileId: string): Promise<void> {
  const { model, requests } = context;
  const { profiles, activeProfile } = model.value.configuration;
  const profile = profiles.find(({ id }) => id === profileId);
  if (!profile) return;
  if (profile.id !== activeProfile || !profile.enabled) {
    const result = await submit(context, profile.name, activateProfile(profile.id, Date.now()));
    if (result === 'done' && !profile.enabled) {
      remark(vscode.l10n.t('The profile “{0}” was enabled.', plainLabel(profile.name)));
    }
  } else if (servingOf(model.value).isStandIn) {
    await answerOf(requests.returnToActive());
  }
}
