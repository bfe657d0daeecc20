import * as vscode from 'vscode';
import { figuresIn } from '../figures.ts';

/** A report as text: what it is about, when this was so, and its parts, one below the other. */
export function reportText(title: string, ...parts: readonly (readonly string[])[]): string {
  const at = vscode.l10n.t('As of {0}', figuresIn(vscode.env.language).time(Date.now()));
  return `${[[title, at], ...parts].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
