import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { type EditorFolder, writeSettings } from './editorFolder.ts';
import {
  atStep,
  escapeRegExp,
  menuItem,
  type QuickInputStep,
  quickInput,
  row,
  runFromPalette,
} from './editorQuickInput.ts';
import { runInTerminal, type TerminalResult } from './editorTerminal.ts';
import { waitFor } from './waitFor.ts';

/** A colour theme by kind: VS Code's own light, dark and high contrast themes. */
export type ThemeKind = 'light' | 'dark' | 'hc';

const themes: Record<ThemeKind, { id: string; className: string }> = {
  light: { id: 'Light Modern', className: 'vs' },
  dark: { id: 'Dark Modern', className: 'vs-dark' },
  hc: { id: 'Default High Contrast', className: 'hc-black' },
};

const screenshotFolder = join(tmpdir(), 'qcc-screenshots');
const readyTimeoutMs = 60_000;
const keptProblems = 200;
/** How often a gesture is tried that the window may swallow while it draws. */
const rounds = 3;

/**
 * One window of a real VS Code, in the words a person would use. Every method waits until what it needs is there and
 * throws after at most 10 seconds (opening a window: 60), naming a screenshot of that moment.
 *
 * Names of things on screen are the visible ones, so they depend on the locale.
 */
export class EditorWindow {
  /** For everything this class has no word for. */
  readonly page: Page;
  readonly #folder: EditorFolder;
  readonly #problems: string[] = [];

  /** Wraps a page that shows, or is about to show, a workbench. See `Editor.openWindow`. */
  constructor(page: Page, folder: EditorFolder) {
    this.page = page;
    this.#folder = folder;
    page.setDefaultTimeout(10_000);
    // "Leave site?" when a window with unsaved work is reloaded or closed.
    page.on('dialog', (dialog) => void dialog.accept().catch(() => undefined));
    page.on('pageerror', (error) => this.#addProblem(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#addProblem(message.text());
    });
  }

  /** Resolves when the workbench has restored its parts and, if an id is given, that status bar item is there. */
  ready(statusBarId?: string): Promise<void> {
    return this.#try('the window gets ready', async () => {
      const timeout = readyTimeoutMs;
      await this.page.locator('.monaco-workbench').waitFor({ timeout });
      // The mark VS Code sets when it has restored its parts.
      const restored = "performance.getEntriesByName('code/didStartWorkbench').length > 0";
      await this.page.waitForFunction(restored, undefined, { timeout });
      if (statusBarId !== undefined) await this.#statusBarItem(statusBarId).waitFor({ timeout });
    });
  }

  /** Runs a command through the Command Palette. `title` is the whole row, `QCC: Add Endpoint` for example. */
  runCommand(title: string): Promise<void> {
    return this.#try(`command "${title}"`, () => runFromPalette(this.page, title));
  }

  /** Shows a view container by the name of its icon in the activity bar. */
  openSideBar(name: string): Promise<void> {
    return this.#try(`side bar "${name}"`, async () => {
      const tab = this.page.locator('.part.activitybar').getByRole('tab', { name });
      // A click on the icon of the open side bar would close it.
      if ((await tab.getAttribute('aria-expanded')) !== 'true') await tab.click();
      await this.page.locator('.part.sidebar .composite.title').filter({ hasText: name }).waitFor();
    });
  }

  /** Accessible labels of the rows a tree view shows, from top to bottom; those scrolled out are not among them. */
  treeItems(view: string): Promise<string[]> {
    return this.#try(`tree "${view}"`, async () => {
      const tree = this.page.getByRole('tree', { name: view, exact: true });
      await tree.waitFor();
      // All at once: a row may vanish between two looks.
      return tree
        .getByRole('treeitem')
        .evaluateAll((rows) => rows.map((item) => item.getAttribute('aria-label') ?? ''));
    });
  }

  /** A row of any visible tree, by the start of its accessible label or by a pattern. */
  treeItem(name: string | RegExp): Locator {
    const pattern = typeof name === 'string' ? new RegExp(`^${escapeRegExp(name)}`) : name;
    return this.page.getByRole('treeitem', { name: pattern }).first();
  }

  /** Chooses from the context menu of a tree row. */
  contextMenu(item: string | RegExp, label: string): Promise<void> {
    return this.#try(`context menu "${label}" of ${item}`, async () => {
      const entry = menuItem(this.page, label);
      for (let round = 1; ; round++) {
        // An open tooltip would catch the click.
        await this.page.mouse.move(900, 60);
        await this.treeItem(item).click({ button: 'right' });
        try {
          await entry.waitFor({ timeout: 1000 * round });
          break;
        } catch (error) {
          // The row was just being drawn again, so the menu is still that of the row before.
          await this.page.keyboard.press('Escape');
          if (round === rounds) throw error;
        }
      }
      // A menu ignores clicks during its first moments, against the release of the button that opened it; no
      // event tells the end of that time.
      await this.page.waitForTimeout(250);
      await entry.click();
    });
  }

  /** Clicks one of the icons that appear while the mouse is over a tree row. */
  inlineAction(item: string | RegExp, label: string): Promise<void> {
    return this.#try(`inline action "${label}" of ${item}`, async () => {
      const line = this.treeItem(item);
      await line.hover();
      await line.locator(`.actions a[aria-label="${label}"]`).click();
    });
  }

  /**
   * Text of a status bar item without its icons.
   *
   * @param id `publisher.name.itemId`
   * @param expected waits until the text matches
   */
  statusBarText(id: string, expected?: RegExp): Promise<string> {
    return this.#try(`status bar item ${id}${expected ? ` shows ${expected}` : ''}`, async () => {
      const item = this.#statusBarItem(id);
      await (expected ? item.filter({ hasText: expected }) : item).waitFor();
      return textOf(item);
    });
  }

  /** Runs the command of a status bar item. */
  clickStatusBar(id: string): Promise<void> {
    return this.#try(`status bar item ${id}`, () => this.#statusBarItem(id).locator('a').click());
  }

  /** Text of the tooltip that appears over something: a tree row, a status bar item (`[id="…"]`), a button. */
  tooltip(target: Locator, expected: RegExp = /\S/): Promise<string> {
    return this.#try(`tooltip with ${expected}`, async () => {
      const hover = this.page.locator('.monaco-hover:visible');
      for (let round = 1; ; round++) {
        await this.page.mouse.move(900, 60);
        await target.hover();
        try {
          return await waitFor(
            `it says ${expected}`,
            async () => {
              const text = await textOf(hover);
              return text && expected.test(text) ? text : undefined;
            },
            1500 * round,
          );
        } catch (error) {
          if (round === rounds) throw error;
        } finally {
          // A target that is drawn again under the mouse shows nothing until it is entered again; and an open
          // tooltip would catch the next click.
          await this.page.mouse.move(900, 60);
          await hover.waitFor({ state: 'hidden' });
        }
      }
    });
  }

  /** Clicks the row with exactly this label in a quick pick; where several may be picked this ticks it. */
  pick(label: string, step: QuickInputStep = {}): Promise<void> {
    return this.#try(`pick "${label}"`, async () => {
      await atStep(this.page, step);
      await row(this.page, label).click();
    });
  }

  /** Labels of the rows a quick pick shows. */
  choices(step: QuickInputStep = {}): Promise<string[]> {
    return this.#try('choices', async () => {
      const widget = await atStep(this.page, step);
      await widget.locator('.monaco-list-row').first().waitFor();
      // The first line of each: rows are used again, and one may keep the second line of another one, hidden.
      return widget.locator('.monaco-list-row .quick-input-list-row:first-child .label-name').allInnerTexts();
    });
  }

  /** Replaces the text of a quick input and presses Enter. */
  type(text: string, step: QuickInputStep = {}): Promise<void> {
    return this.#try(`type into the quick input`, async () => {
      await this.#fill(text, step);
      await this.page.keyboard.press('Enter');
    });
  }

  /** Replaces the text of a quick input without accepting it; see {@link EditorWindow.inputMessage}. */
  fill(text: string, step: QuickInputStep = {}): Promise<void> {
    return this.#try(`fill the quick input`, () => this.#fill(text, step));
  }

  /** The line under a quick input: its prompt, or what validation has to say. Waits until it matches, if asked. */
  inputMessage(expected: RegExp = /\S/): Promise<string> {
    return this.#try(`quick input message ${expected}`, async () => {
      const message = quickInput(this.page).locator('.quick-input-message').filter({ hasText: expected });
      await message.waitFor();
      return textOf(message);
    });
  }

  /** Message and detail of the open modal dialog. */
  dialogText(): Promise<string> {
    return this.#try('modal dialog', async () => {
      const text = this.page.locator('.monaco-dialog-box .dialog-message-container');
      await text.waitFor();
      return textOf(text);
    });
  }

  /** Presses a button of the modal dialog and waits until it is closed. */
  dialogButton(label: string): Promise<void> {
    return this.#try(`dialog button "${label}"`, async () => {
      const dialog = this.page.locator('.monaco-dialog-box');
      await dialog.getByRole('button', { name: label, exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
    });
  }

  /** Texts of the notifications on screen; with a pattern, waits for one that matches. */
  notifications(expected?: RegExp): Promise<string[]> {
    return this.#try(`notifications${expected ? ` with ${expected}` : ''}`, async () => {
      if (expected) await this.#notification(expected).waitFor();
      return this.page.locator('.notification-list-item-message:visible').allInnerTexts();
    });
  }

  /** Presses a button of a notification: of the one that matches, or of the first that has such a button. */
  notificationButton(label: string, text: RegExp = /\S/): Promise<void> {
    return this.#try(`notification button "${label}"`, () =>
      this.#notification(text).getByRole('button', { name: label, exact: true }).first().click(),
    );
  }

  /**
   * Opens a new integrated terminal and runs a shell command in it.
   *
   * @param timeoutMs how long the command may take, in milliseconds
   */
  openTerminalAndRun(command: string, timeoutMs = 20_000): Promise<TerminalResult> {
    return this.#try(`terminal: ${command}`, () =>
      runInTerminal(this.page, command, this.#folder.temporary, timeoutMs),
    );
  }

  /**
   * Text of the active editor, as far as it is on screen; waits until it matches.
   *
   * @param tab name of its tab
   */
  editorText(tab: string, expected: RegExp = /\S/): Promise<string> {
    return this.#try(`editor "${tab}" shows ${expected}`, async () => {
      await this.page.locator('.tabs-container .tab.active').filter({ hasText: tab }).waitFor();
      const lines = this.page.locator('.editor-group-container.active .monaco-editor .view-lines').first();
      return waitFor(`its text matches ${expected}`, async () => {
        const text = (await textOf(lines)).replaceAll('\u200b', '');
        return expected.test(text) ? text : undefined;
      });
    });
  }

  /** The content of the visible webview of an extension (`publisher.name`). */
  webview(extensionId: string): FrameLocator {
    return this.page
      .frameLocator(`iframe.webview.ready[src*="extensionId=${extensionId}"]`)
      .frameLocator('iframe#active-frame');
  }

  /** What a command has put on the clipboard; waits until it matches. */
  clipboard(expected: RegExp = /\S/): Promise<string> {
    return this.#try(`clipboard with ${expected}`, () =>
      waitFor(`the clipboard matches ${expected}`, async () => {
        const text = String(await this.page.evaluate('navigator.clipboard.readText()'));
        return expected.test(text) ? text : undefined;
      }),
    );
  }

  /** Changes the colour theme of all windows of this editor and waits until this one shows it. */
  setTheme(kind: ThemeKind): Promise<void> {
    return this.#try(`theme ${kind}`, async () => {
      writeSettings(this.#folder, { 'workbench.colorTheme': themes[kind].id });
      await this.page.locator(`.monaco-workbench.${themes[kind].className}`).waitFor();
    });
  }

  /** Saves a picture of the window as PNG; missing folders are made. */
  async screenshot(path: string): Promise<void> {
    mkdirSync(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
  }

  /**
   * Errors from the page's console and uncaught ones, the last 200. VS Code itself logs some, so look for those that
   * name your extension.
   */
  problems(pattern: RegExp = /\S/): string[] {
    return this.#problems.filter((problem) => pattern.test(problem));
  }

  /** Reloads the window, as *Developer: Reload Window* does, and waits until it is ready. */
  async reload(statusBarId?: string): Promise<void> {
    await this.page.reload({ waitUntil: 'domcontentloaded' });
    await this.ready(statusBarId);
  }

  /** Closes the window in order, so that its extension host deactivates extensions and ends. */
  async close(): Promise<void> {
    const closed = this.page.waitForEvent('close');
    await this.page.close({ runBeforeUnload: true });
    await closed;
  }

  #statusBarItem(id: string): Locator {
    return this.page.locator(`.statusbar-item[id="${id}"]`);
  }

  #notification(text: RegExp): Locator {
    return this.page.locator('.notification-list-item:visible').filter({ hasText: text }).first();
  }

  async #fill(text: string, step: QuickInputStep): Promise<void> {
    const widget = await atStep(this.page, step);
    await widget.locator('input[type=text], input[type=password]').fill(text);
  }

  #addProblem(text: string): void {
    this.#problems.push(text);
    if (this.#problems.length > keptProblems) this.#problems.shift();
  }

  async #try<T>(what: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const name = what.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60);
      const path = join(screenshotFolder, `${Date.now()}-${name}.png`);
      const picture = await this.screenshot(path).then(
        () => path,
        () => 'none, the page is gone',
      );
      throw new Error(`${what}: ${(error as Error).message}\nscreenshot: ${picture}`, { cause: error });
    }
  }
}

/** Text as it is laid out, with line breaks between blocks; VS Code puts spaces that do not break into tooltips. */
async function textOf(locator: Locator): Promise<string> {
  const [text = ''] = await locator.allInnerTexts();
  return text.replaceAll('\u00a0', ' ').trim();
}
