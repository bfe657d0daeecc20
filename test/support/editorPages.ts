import type { Locator } from 'playwright-core';
import type { EditorWindow } from './editor.ts';

const walkthroughRounds = 3;

/**
 * Opens the walkthrough of the extension from its help, and returns its page.
 *
 * @param help title of the command
 * @param start label of the row
 * @param step title of one of its steps
 */
export async function openWalkthrough(
  window: EditorWindow,
  { help, start, step }: { readonly help: string; readonly start: string; readonly step: string },
): Promise<Locator> {
  const page = window.page.locator('.gettingStartedContainer .gettingStartedDetailsContent');
  for (let round = 1; ; round++) {
    await window.runCommand(help);
    await window.pick(start);
    try {
      await page.locator('.step-title', { hasText: step }).waitFor({ timeout: 2000 * round });
      return page;
    } catch (error) {
      // VS Code 1.104 reads the walkthroughs of extensions when the first one is opened, and shows one of its own then.
      if (round === walkthroughRounds) throw error;
    }
  }
}

/**
 * Closes one of the editor's own pages, which has been opened last.
 *
 * @param tab its name
 */
export async function closePage(window: EditorWindow, tab: string): Promise<void> {
  // VS Code 1.139 shows it above everything, and 1.104 as a tab.
  await window.page.keyboard.press('Escape');
  const shown = window.page.locator('.tabs-container .tab.active').filter({ hasText: tab });
  if ((await shown.count()) > 0) await window.runCommand('View: Close Editor');
}
