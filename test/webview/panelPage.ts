import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { panelHtml } from '../../src/extension/views/panel/panelHtml.ts';
import type {
  MessageFromPanel,
  MessageToPanel,
  PanelHistory,
  PanelRequest,
} from '../../src/protocol/panel.ts';
import { findChromium } from '../support/chromium.ts';
import type { EditorTheme } from './editorThemes.ts';

/** The panel's page in a real browser, under its real policy; only the editor around it is played by the test. */
export interface PanelPage {
  readonly page: Page;
  /** Delivers a message as the editor does; tests of bad messages pass other things. */
  send(message: unknown): Promise<void>;
  /** Sends a `render` message. */
  render(message: Omit<Extract<MessageToPanel, { type: 'render' }>, 'type'>): Promise<void>;
  /** Answers the last question about the past, as the extension does again whenever something happened. */
  answerHistory(history: PanelHistory | null): Promise<void>;
  /** Answers the last question about requests. */
  answerRequests(requests: PanelRequest[] | null): Promise<void>;
  /** Puts a theme on, as the editor does. */
  setTheme(theme: EditorTheme): Promise<void>;
  /** What `setState` has kept. */
  state(): Promise<unknown>;
  /** What the page has sent so far. */
  sent(): Promise<MessageFromPanel[]>;
  /** What went wrong so far: violations of the policy, errors and warnings of the page, failed downloads. */
  complaints(): Promise<string[]>;
  close(): Promise<void>;
}

/** A browser and a server for the panel's page, shared by the tests of one file. */
export interface PanelHost {
  /** @param state what an earlier page had kept with `setState` */
  open(options?: { language?: string; state?: unknown }): Promise<PanelPage>;
  close(): Promise<void>;
}

interface PageGlobals {
  sent: MessageFromPanel[];
  violations: string[];
  state: unknown;
  acquireVsCodeApi(): unknown;
}

/** Bundles the page, serves it on a free port of 127.0.0.1 and launches the browser. */
export async function startPanelHost(): Promise<PanelHost> {
  const executablePath = findChromium();
  const files = await bundle();
  let language = 'en';
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (file) return response.setHeader('content-type', file.type).end(file.contents);
    if (request.url !== '/') return response.writeHead(404).end();
    const nonce = randomBytes(18).toString('base64url');
    const html = panelHtml({ nonce, scriptUrl: '/webview.js', styleUrl: '/webview.css', language });
    return response.setHeader('content-type', 'text/html').end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const browser = await chromium.launch({ executablePath });
  return {
    open: (options = {}) => {
      language = options.language ?? 'en';
      return openPage(browser, url, options.state);
    },
    close: async () => {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Opens the panel for one test. Whatever the test does, the page must not complain about it. */
export async function open(
  host: PanelHost,
  t: TestContext,
  options?: Parameters<PanelHost['open']>[0],
): Promise<PanelPage> {
  const panel = await host.open(options);
  t.after(async () => {
    assert.deepEqual(await panel.complaints(), []);
    await panel.close();
  });
  return panel;
}

async function bundle(): Promise<Map<string, { type: string; contents: Uint8Array }>> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { webview: 'webview/main.ts', 'webview-styles': 'webview/styles.css' },
    outdir: 'out',
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  });
  const contents = (ending: string) => {
    const file = outputFiles.find(({ path }) => path.endsWith(ending));
    if (!file) throw new Error(`esbuild made no ${ending}`);
    return file.contents;
  };
  return new Map([
    ['/webview.js', { type: 'text/javascript', contents: contents('.js') }],
    ['/webview.css', { type: 'text/css', contents: contents('.css') }],
    // Browsers ask for it by themselves.
    ['/favicon.ico', { type: 'image/x-icon', contents: new Uint8Array() }],
  ]);
}

async function openPage(browser: Browser, url: string, state: unknown): Promise<PanelPage> {
  const context = await browser.newContext({ locale: 'en-US', timezoneId: 'UTC' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.addInitScript(playEditor, state);
  await page.goto(url);
  const evaluate = <T>(read: (globals: PageGlobals) => T) =>
    page.evaluateHandle(() => window as unknown as PageGlobals).then((globals) => globals.evaluate(read));
  const send = (message: unknown) => page.evaluate(deliver, message);
  const sent = () => evaluate(({ sent }) => sent);
  const lastQuery = async (type: 'showHistory' | 'showRequests') =>
    (await sent()).flatMap((it) => ('query' in it && it.type === type ? it.query : [])).at(-1);
  return {
    page,
    send,
    render: (message) => send({ type: 'render', ...message }),
    answerHistory: async (history) =>
      send({ type: 'history', query: await lastQuery('showHistory'), history }),
    answerRequests: async (requests) =>
      send({ type: 'requests', query: await lastQuery('showRequests'), requests }),
    setTheme: (theme) => page.evaluate(putOn, theme),
    state: () => evaluate(({ state }) => state),
    sent,
    complaints: async () => [...complaints, ...(await evaluate(({ violations }) => violations))],
    close: () => context.close(),
  };
}

/** Runs in the page. Its listener comes after the page's own: when it hears the message, the page has dealt with it. */
function deliver(message: unknown): Promise<void> {
  return new Promise((resolve) => {
    window.addEventListener('message', () => resolve(), { once: true });
    window.postMessage(message, '*');
  });
}

/** Runs in the page, before its own script: the part of the editor that the page talks to. */
function playEditor(initialState: unknown): void {
  const globals = window as unknown as PageGlobals;
  globals.sent = [];
  globals.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    globals.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
  globals.state = initialState;
  globals.acquireVsCodeApi = () => ({
    postMessage: (message: MessageFromPanel) => globals.sent.push(message),
    getState: () => globals.state,
    setState: (next: unknown) => {
      globals.state = next;
    },
  });
}

/** Runs in the page. Resolves when the page has drawn with it. */
function putOn({ kind, variables }: EditorTheme): Promise<void> {
  const { style } = document.documentElement;
  for (const name of [...style]) if (name.startsWith('--vscode-')) style.removeProperty(name);
  for (const [name, value] of Object.entries(variables)) style.setProperty(name, value);
  document.body.className = kind;
  document.body.dataset.vscodeThemeKind = kind;
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}
