import * as vscode from 'vscode';
import { figuresIn } from '../figures.ts';
import { strategyText } from '../words.ts';
import type { ProfileRow } from './endpointRows.ts';
import { waitingText } from './endpointWords.ts';
import { appendWords } from './markdownText.ts';

/** What is said of a profile while the mouse is over it. */
export function profileTooltip(row: ProfileRow): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('**').appendText(row.name).appendMarkdown('**');
  const paragraph = (text: string) => appendWords(tooltip.appendMarkdown('\n\n'), text);
  const fact = (name: string, value: string) => paragraph(vscode.l10n.t('{0}: {1}', name, value));
  if (row.description) paragraph(row.description);
  fact(vscode.l10n.t('Strategy'), strategyText(row.strategy));
  if (row.checkTokens > 0) {
    fact(vscode.l10n.t('Tokens used by checks'), figuresIn(vscode.env.language).count(row.checkTokens));
  }
  if (row.waiting) paragraph(waitingText(row.waiting));
  return tooltip;
}
