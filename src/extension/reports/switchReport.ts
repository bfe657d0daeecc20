import * as vscode from 'vscode';
import type { ProfileSwitch } from '../../core/switches.ts';
import { figuresIn } from '../figures.ts';
import { switchReasonText } from '../words.ts';
import type { Report } from './reports.ts';
import { reportText } from './reportText.ts';
import { textTable } from './textTable.ts';

/** When another profile began to serve, and why. */
export function switchReport(switches: readonly ProfileSwitch[]): Report {
  const name = vscode.l10n.t('Profile Switches');
  const { time } = figuresIn(vscode.env.language);
  const profile = (profileName: string | null) => profileName ?? vscode.l10n.t('none');
  const table = textTable<ProfileSwitch>(
    [
      { title: vscode.l10n.t('Time'), of: ({ at }) => time(at) },
      { title: vscode.l10n.t('From'), of: ({ fromName }) => profile(fromName) },
      { title: vscode.l10n.t('To'), of: ({ toName }) => profile(toName) },
      { title: vscode.l10n.t('Why'), of: ({ reason }) => switchReasonText(reason) },
    ],
    switches,
  );
  return {
    name,
    text: reportText(name, switches.length > 0 ? table : [vscode.l10n.t('There was no switch yet.')]),
  };
}
