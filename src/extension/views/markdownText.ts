import type * as vscode from 'vscode';

/**
 * Appends a text as it is, with spaces at which a line may break: `appendText` by itself makes every space one that
 * does not, and a long line then breaks in the middle of a word.
 */
export function appendWords(markdown: vscode.MarkdownString, text: string): vscode.MarkdownString {
  for (const [index, word] of text.split(/(?<=\S) (?=\S)/).entries()) {
    if (index > 0) markdown.appendMarkdown(' ');
    markdown.appendText(word);
  }
  return markdown;
}
