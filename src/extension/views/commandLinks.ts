import type * as vscode from 'vscode';
import type { Target } from '../commands/target.ts';
import type { CommandId } from '../contributions.ts';

/** What somebody who reads a tooltip may want to do next. */
export interface CommandLink {
  /** Of our own, never from outside: it is put into the text as it is. */
  readonly title: string;
  readonly command: CommandId;
  readonly argument?: Target;
}

/**
 * Ends a tooltip with links to commands. They are the only ones that the tooltip may run, so that nothing else in it
 * could be one.
 */
export function appendLinks(tooltip: vscode.MarkdownString, links: readonly CommandLink[]): void {
  if (links.length === 0) return;
  tooltip.isTrusted = { enabledCommands: [...new Set(links.map(({ command }) => command))] };
  tooltip.appendMarkdown(`\n\n---\n\n${links.map(linkText).join(' · ')}`);
}

function linkText({ title, command, argument }: CommandLink): string {
  const query = argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([argument]))}`;
  return `[${title}](command:${command}${query})`;
}
