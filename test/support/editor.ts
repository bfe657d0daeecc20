// A real VS Code for tests and for the demo: server, extension hosts and workbench of code-server, shown by a headless
// Chromium. `node test/support/setup.mjs --editor` installs what it needs.
import { rmSync } from 'node:fs';
import type { BrowserContext } from 'playwright-core';
import { launchBrowser } from './editorBrowser.ts';
import { type EditorFolder, openEditorFolder, writeLanguagePack, writeSettings } from './editorFolder.ts';
import {
  type EditorServer,
  extensionHostPids,
  installVsix,
  type ServerOptions,
  startEditorServer,
} from './editorServer.ts';
import { EditorWindow } from './editorWindow.ts';

export type { EditorFolder, EditorLocale } from './editorFolder.ts';
export type { QuickInputStep } from './editorQuickInput.ts';
export type { TerminalResult } from './editorTerminal.ts';
export { EditorWindow, type ThemeKind } from './editorWindow.ts';

/** How to start an editor. */
export interface EditorOptions extends ServerOptions {
  /** Absolute path of an extension package to install first. */
  readonly vsix?: string;
  /** Settings, on top of those that keep tours and chat away. */
  readonly settings?: Record<string, unknown>;
  /**
   * `folder.root` of an editor that was stopped with `keepFolder`: the new one finds its extensions, settings and
   * (with the same `port`) what extensions had stored. By default a new folder is made.
   */
  readonly folder?: string;
  /** Leaves the folder in place on `stop`. */
  readonly keepFolder?: boolean;
}

/** How to open a window. */
export interface WindowOptions {
  /** Absolute path of the folder to open; default: the editor's own, empty workspace folder. */
  readonly folder?: string;
  /** Size of the page in CSS pixels; default 1280 × 800. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Full id (`publisher.name.itemId`) of a status bar item that shows that the extension has started. */
  readonly statusBarId?: string;
}

/** Starts an editor. It needs well under a second; opening the first window takes the time. */
export async function startEditor(options: EditorOptions = {}): Promise<Editor> {
  const folder = openEditorFolder(options.folder);
  try {
    if (options.vsix !== undefined) await installVsix(folder, options.vsix);
    writeSettings(folder, options.settings ?? {});
    writeLanguagePack(folder, options.locale ?? 'en');
    const server = await startEditorServer(folder, options);
    return new Editor(folder, server, options.keepFolder ?? false);
  } catch (error) {
    if (options.folder === undefined) removeFolder(folder);
    throw error;
  }
}

/** A running editor and its windows. */
export class Editor {
  /** Address to open in any browser: a window on the editor's workspace folder. */
  readonly url: string;
  readonly port: number;
  /** Process id and process group id of the server; see {@link Editor.extensionHostPids}. */
  readonly pid: number;
  readonly folder: EditorFolder;
  readonly #server: EditorServer;
  readonly #keepFolder: boolean;
  #browser: Promise<BrowserContext> | undefined;

  /** Use {@link startEditor}. */
  constructor(folder: EditorFolder, server: EditorServer, keepFolder: boolean) {
    this.folder = folder;
    this.port = server.port;
    this.pid = server.pid;
    this.url = this.#address(folder.workspace);
    this.#server = server;
    // Also when the program around it fails or is interrupted before it could call `stop`.
    if (!keepFolder) process.once('exit', this.#removeFolder);
    this.#keepFolder = keepFolder;
  }

  /** The browser that shows the windows, launched on first use. Closing it is left to {@link Editor.stop}. */
  browser(): Promise<BrowserContext> {
    this.#browser ??= launchBrowser(this.folder.profile, `http://127.0.0.1:${this.port}`);
    return this.#browser;
  }

  /** Opens a window, with an extension host of its own, and resolves when it is ready. */
  async openWindow(options: WindowOptions = {}): Promise<EditorWindow> {
    const page = await (await this.browser()).newPage();
    if (options.size) await page.setViewportSize(options.size);
    const window = new EditorWindow(page, this.folder);
    await page.goto(this.#address(options.folder ?? this.folder.workspace), {
      waitUntil: 'domcontentloaded',
    });
    await window.ready(options.statusBarId);
    return window;
  }

  /** Installs or replaces an extension; open windows use it after a reload. */
  installVsix(vsix: string): Promise<void> {
    return installVsix(this.folder, vsix);
  }

  /** Changes settings; open windows apply them within half a second. `undefined` takes a setting out. */
  changeSettings(settings: Record<string, unknown>): void {
    writeSettings(this.folder, settings);
  }

  /** Process ids of the extension hosts of all windows, oldest first. Linux only. */
  extensionHostPids(): number[] {
    return extensionHostPids(this.pid);
  }

  /** The end of what the server has printed. */
  log(): string {
    return this.#server.log();
  }

  /** Closes the windows, ends every process of the editor and removes its folder unless it is to be kept. */
  async stop(): Promise<void> {
    const browser = await this.#browser?.catch(() => undefined);
    await browser?.close();
    await this.#server.stop();
    process.off('exit', this.#removeFolder);
    if (!this.#keepFolder) this.#removeFolder();
  }

  readonly #removeFolder = (): void => removeFolder(this.folder);

  #address(path: string): string {
    return `http://127.0.0.1:${this.port}/?folder=${encodeURIComponent(path)}`;
  }
}

function removeFolder(folder: EditorFolder): void {
  rmSync(folder.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
