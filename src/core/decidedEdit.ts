import { type ConfigurationContents, emptyContents } from './configuration.ts';
import { isSameContents } from './configurationChanges.ts';
import { type ConfigurationEdit, failed } from './configurationEdits.ts';

/**
 * Puts `after` in the place of `before`, all at once. Somebody has looked at what that changes, so it is not made of
 * anything else: contents that are neither are refused.
 */
export function decidedEdit(before: ConfigurationContents, after: ConfigurationContents): ConfigurationEdit {
  return (contents) => {
    if (isSameContents(contents, after)) return { ok: true, contents };
    return isSameContents(contents, before) ? { ok: true, contents: after } : failed('changedMeanwhile');
  };
}

/** Removes all profiles with their keys and puts the policy back to what it is at first. */
export const resetConfiguration: ConfigurationEdit = () => ({ ok: true, contents: emptyContents });
