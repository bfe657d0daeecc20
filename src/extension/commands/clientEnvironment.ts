import * as vscode from 'vscode';
import { platform } from '../../protocol/platform.ts';
import { type Shell, shellLines, shells } from '../clients/shellLines.ts';
import { remark, tellUnreachable } from './answer.ts';
import type { ClientContext } from './client.ts';

/** Copies the lines that point clients in a shell outside of the editor at the proxy. */
export async function copyEnvironment({ access }: ClientContext): Promise<void> {
  const items = [...shells]
    .sort((a, b) => Number(b === platform.usualShell) - Number(a === platform.usualShell))
    .map((shell) => ({ shell, label: shellNames[shell] }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Copy Shell Lines'),
    placeHolder: vscode.l10n.t('Choose the shell. The lines contain the local token.'),
  });
  if (!picked) return;
  const now = access();
  if (!now) return tellUnreachable();
  await vscode.env.clipboard.writeText(shellLines(picked.shell, now));
  remark(vscode.l10n.t('Lines for {0} copied, with the local token.', shellNames[picked.shell]));
}

/** What shells call themselves. */
const shellNames: Record<Shell, string> = {
  posix: 'bash, zsh',
  fish: 'fish',
  powershell: 'PowerShell',
  cmd: 'cmd',
};
