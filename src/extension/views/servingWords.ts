import * as vscode from 'vscode';
import { timeLeftText } from '../words.ts';
import type { Recovery, Serving } from './serving.ts';

/** What comes next for the profile that is to serve again. */
export function recoveryNote({ left, isAfterCheck }: Omit<Recovery, 'profile'>): string {
  if (!isAfterCheck) {
    return left
      ? vscode.l10n.t('serves again by itself in {0}', timeLeftText(left))
      : vscode.l10n.t('serves again by itself');
  }
  return left
    ? vscode.l10n.t('serves again after a passed check, at the earliest in {0}', timeLeftText(left))
    : vscode.l10n.t('serves again after a passed check');
}

/** Which profile stands in for which, and until when; undefined while the chosen one serves. */
export function standInText({ profile, chosen, isStandIn, recovery }: Serving): string | undefined {
  if (!isStandIn || !profile || !chosen) return undefined;
  const fact = vscode.l10n.t(
    'The profile “{0}” stands in for “{1}”, which failed.',
    profile.name,
    chosen.name,
  );
  return `${fact} ${outlookText(chosen.name, recovery)}`;
}

function outlookText(chosenName: string, recovery: Recovery | null): string {
  if (!recovery) return vscode.l10n.t('“{0}” serves again when you switch back to it.', chosenName);
  const { profile, left, isAfterCheck } = recovery;
  if (!isAfterCheck) {
    return left
      ? vscode.l10n.t('“{0}” serves again by itself in {1}.', profile.name, timeLeftText(left))
      : vscode.l10n.t('“{0}” serves again by itself.', profile.name);
  }
  return left
    ? vscode.l10n.t(
        '“{0}” serves again after a passed check, at the earliest in {1}.',
        profile.name,
        timeLeftText(left),
      )
    : vscode.l10n.t('“{0}” serves again after a passed check.', profile.name);
}
