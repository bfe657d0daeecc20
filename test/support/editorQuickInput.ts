import type { Locator, Page } from 'playwright-core';

/** Which of several quick inputs that follow each other is meant. */
export interface QuickInputStep {
  /** The title the quick input must show before anything is done, for example `/\(2\/3\)$/`. */
  readonly title?: string | RegExp;
}

const menuKeyRounds = 3;

/** The open quick input, be it the palette, a quick pick or an input box. */
export function quickInput(page: Page): Locator {
  return page.locator('.quick-input-widget:visible');
}

/** Runs a command by its full title, category included, through the Command Palette. */
export async function runFromPalette(page: Page, title: string): Promise<void> {
  const input = quickInput(page).locator('input[type=text]');
  for (let round = 1; ; round++) {
    await page.keyboard.press('F1');
    try {
      await input.waitFor({ timeout: 2000 });
      break;
    } catch (error) {
      // A key is lost while the window moves the focus, for example after a webview was opened.
      if (round === menuKeyRounds) throw error;
    }
  }
  await input.fill(`>${title}`);
  // Clicked and not entered: Enter runs whatever row is first while the list is still filtering.
  await row(page, title).click();
}

/** Waits for the step and returns the quick input. */
export async function atStep(page: Page, step: QuickInputStep): Promise<Locator> {
  const widget = quickInput(page);
  await widget.waitFor();
  if (step.title !== undefined) {
    await widget.locator('.quick-input-title').filter({ hasText: step.title }).waitFor();
  }
  return widget;
}

/** Presses the button that leads to the step before. */
export async function goBack(page: Page, step: QuickInputStep = {}): Promise<void> {
  const widget = await atStep(page, step);
  await widget.locator('.quick-input-titlebar [aria-label^="Back"]').click();
}

/** Closes a quick input with Escape and waits until it is gone. */
export async function cancelInput(page: Page, step: QuickInputStep = {}): Promise<void> {
  const widget = await atStep(page, step);
  await widget.locator('input').first().focus();
  await page.keyboard.press('Escape');
  await widget.waitFor({ state: 'hidden' });
}

/** What stands in the box of a quick input. */
export async function inputValue(page: Page, step: QuickInputStep = {}): Promise<string> {
  const widget = await atStep(page, step);
  return widget.locator('input[type=text], input[type=password]').inputValue();
}

/** The row of the open quick input whose label is exactly this. */
export function row(page: Page, label: string): Locator {
  const exact = new RegExp(`^${escapeRegExp(label)}$`);
  return quickInput(page)
    .locator('.monaco-list-row')
    .filter({ has: page.locator('.label-name', { hasText: exact }) })
    .first();
}

/** Makes a text match itself inside a regular expression. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The entry of the open menu with exactly this label; the key that it has as well is not part of that. */
export function menuItem(page: Page, label: string): Locator {
  const exact = new RegExp(`^${escapeRegExp(label)}$`);
  return page
    .locator('.monaco-menu')
    .getByRole('menuitem')
    .filter({ has: page.locator('.action-label', { hasText: exact }) });
}
