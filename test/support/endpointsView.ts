import type { Locator } from 'playwright-core';
import type { EditorWindow } from './editor.ts';
import { atStep } from './editorQuickInput.ts';
import { waitFor } from './waitFor.ts';

/** The name of the extension's tree view, in English. */
export const viewName = 'Endpoints';

/** Opens the extension's side bar and waits until its tree has a row for each pattern, and none for `absent`. */
export async function treeShows(
  window: EditorWindow,
  present: readonly RegExp[],
  absent: readonly RegExp[] = [],
  view: string = viewName,
): Promise<string[]> {
  await window.openSideBar('QCC');
  let items: string[] = [];
  const matches = (pattern: RegExp) => items.some((item) => pattern.test(item));
  try {
    return await waitFor(`the tree shows ${present.join(', ')}`, async () => {
      const before = items;
      items = await window.treeItems(view);
      // While rows are drawn again the old and the new one of an item can both be there.
      const isSettled = JSON.stringify(items) === JSON.stringify(before);
      return isSettled && present.every(matches) && !absent.some(matches) ? items : undefined;
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\nit shows ${JSON.stringify(items)}`, { cause: error });
  }
}

/** What the extension's view says while it has no rows; waits until it matches. */
export async function welcomeText(window: EditorWindow, expected: RegExp = /\S/): Promise<string> {
  await window.openSideBar('QCC');
  const welcome = window.page.locator('.welcome-view-content').filter({ hasText: expected });
  await welcome.waitFor();
  return welcome.innerText();
}

/** A button below that text. */
export function welcomeButton(window: EditorWindow, label: string): Locator {
  return window.page.locator('.welcome-view-content').getByRole('button', { name: label, exact: true });
}

/** Clicks an icon in the title of the view; it is there while the mouse is over the view. */
export async function clickViewAction(window: EditorWindow, label: string): Promise<void> {
  const header = window.page.locator('.part.sidebar .pane-header').first();
  await header.hover();
  await header.getByRole('button', { name: label, exact: true }).click();
}

/** Adds a profile through the Command Palette; the first one goes on to its endpoint, which is left out. */
export async function addProfile(
  window: EditorWindow,
  name: string,
  { description = '', ...choices }: ProfileChoices & { readonly description?: string } = {},
): Promise<void> {
  await window.runCommand('QCC: Add Profile');
  await window.type(name, { title: /Add Profile.*1\/4/ });
  await window.type(description, { title: /Add Profile.*2\/4/ });
  await chooseStrategyAndLevel(window, choices);
}

/** What to choose for a profile, by the words on screen. */
export interface ProfileChoices {
  readonly strategy?: string;
  readonly level?: string;
}

/** Answers the last two steps of *Add Profile* or *Edit Profile*. */
export async function chooseStrategyAndLevel(
  window: EditorWindow,
  { strategy = 'Weighted', level = 'None' }: ProfileChoices = {},
): Promise<void> {
  await window.pick(strategy, { title: /Profile.*3\/4/ });
  await window.pick(level, { title: /Profile.*4\/4/ });
}

/** What to enter for an endpoint. */
export interface EnteredEndpoint {
  readonly baseUrl: string;
  /** Default: what is suggested. */
  readonly name?: string;
  readonly key: string;
}

/** Answers the five steps of *Add Endpoint*, wherever they were opened from. The endpoint has to pass its check. */
export async function enterEndpoint(window: EditorWindow, endpoint: EnteredEndpoint): Promise<void> {
  await window.type(endpoint.baseUrl, { title: /Add Endpoint.*1\/5/ });
  if (endpoint.name !== undefined) await window.type(endpoint.name, { title: /Add Endpoint.*2\/5/ });
  else await pressEnter(window, /2\/5/);
  await window.type(endpoint.key, { title: /Add Endpoint.*3\/5/ });
  await window.pick('Automatic', { title: /Add Endpoint.*4\/5/ });
  await saveWhenPassed(window, /Add Endpoint.*5\/5/);
}

/** Waits until what was entered has passed its check, and saves it: that is the first choice then. */
export async function saveWhenPassed(window: EditorWindow, title: RegExp): Promise<void> {
  const widget = await atStep(window.page, { title });
  await widget.locator('.monaco-list-row .codicon-pass').waitFor();
  await widget.locator('.monaco-list-row.focused').filter({ hasText: 'Save' }).waitFor();
  await window.page.keyboard.press('Enter');
}

/** Accepts what stands in the box of a step. */
export async function pressEnter(window: EditorWindow, title: RegExp): Promise<void> {
  await window.page
    .locator('.quick-input-widget:visible .quick-input-title')
    .filter({ hasText: title })
    .waitFor();
  await window.page.keyboard.press('Enter');
}
