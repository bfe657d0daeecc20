import * as vscode from 'vscode';
import type { Target } from '../../commands/target.ts';
import { commands } from '../../contributions.ts';
import { figuresIn } from '../../figures.ts';
import { levelTitle, strategyDetail, strategyText } from '../../words.ts';
import { appendLinks, type CommandLink } from '../commandLinks.ts';
import type { ProfileRow } from '../endpointRows.ts';
import { waitingText } from '../endpointWords.ts';
import { appendWords } from '../markdownText.ts';

/** What is said of a profile while the mouse is over it. */
export function profileTooltip(row: ProfileRow): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('**').appendText(row.name).appendMarkdown('**');
  const paragraph = (text: string) => appendWords(tooltip.appendMarkdown('\n\n'), text);
  const { count, time } = figuresIn(vscode.env.language);
  if (row.description) paragraph(row.description);
  if (!row.enabled) paragraph(vscode.l10n.t('It is disabled: none of its endpoints serves.'));
  tooltip.appendMarkdown('\n\n');
  const fact = (name: string, value: string) =>
    appendWords(tooltip.appendMarkdown('- '), vscode.l10n.t('{0}: {1}', name, value)).appendMarkdown('\n');
  const strategy = vscode.l10n.t('{0}. {1}', strategyText(row.strategy), strategyDetail(row.strategy));
  fact(vscode.l10n.t('Strategy'), strategy);
  if (row.level) fact(vscode.l10n.t('Level'), levelTitle(row.level));
  if (row.lastUsedAt !== null) fact(vscode.l10n.t('Last put to use'), time(row.lastUsedAt));
  if (row.checkTokens > 0) fact(vscode.l10n.t('Tokens used by checks'), count(row.checkTokens));
  if (row.waiting) paragraph(waitingText(row.waiting));
  appendLinks(tooltip, linksFor(row));
  return tooltip;
}

function linksFor({ id, enabled, active }: ProfileRow): CommandLink[] {
  const argument: Target = { kind: 'profile', id };
  const links: CommandLink[] = [];
  if (!enabled) links.push({ title: vscode.l10n.t('Enable'), command: commands.profileEnable, argument });
  else if (!active) links.push({ title: vscode.l10n.t('Use'), command: commands.profileUse, argument });
  links.push(
    { title: vscode.l10n.t('Add Endpoint'), command: commands.endpointAdd, argument },
    { title: vscode.l10n.t('Edit'), command: commands.profileEdit, argument },
  );
  return links;
}
