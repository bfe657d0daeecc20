import * as vscode from 'vscode';
import { views } from '../contributions.ts';

/**
 * Waits for what the proxy answers; the bar at the top of the view shows that it is being asked.
 *
 * @returns undefined when no proxy could be asked; the user has been told
 */
export async function answerOf<T>(question: Promise<T | undefined>): Promise<T | undefined> {
  const answer = await vscode.window.withProgress({ location: { viewId: views.endpoints } }, () => question);
  if (answer === undefined) await tellUnreachable();
  return answer;
}

/** Says that the proxy is not there, or went away before it had answered. */
export async function tellUnreachable(): Promise<void> {
  await vscode.window.showErrorMessage(vscode.l10n.t('The proxy could not be reached.'));
}

/** How long a passing remark stays in the status bar, in milliseconds. */
const remarkMs = 5_000;

/** Says that something was done, to whoever is looking; nobody has to act on it. */
export function remark(text: string): void {
  vscode.window.setStatusBarMessage(text, remarkMs);
}
