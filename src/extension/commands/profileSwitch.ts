import { activateProfile } from '../../core/configurationEdits.ts';
import { servingOf } from '../views/serving.ts';
import { answerOf } from './answer.ts';
import type { CommandContext } from './commandContext.ts';
import { submit } from './submit.ts';

/**
 * Has a profile serve by hand: makes it the active one, or, where it is that but failed, has it serve again without
 * waiting for a check.
 */
export async function switchTo(context: CommandContext, profileId: string): Promise<void> {
  const { model, requests } = context;
  const { profiles, activeProfile } = model.value.configuration;
  const profile = profiles.find(({ id }) => id === profileId);
  if (!profile) return;
  if (profile.id !== activeProfile) {
    await submit(context, profile.name, activateProfile(profile.id, Date.now()));
  } else if (servingOf(model.value).isStandIn) {
    await answerOf(requests.returnToActive());
  }
}
