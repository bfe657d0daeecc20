import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseConfigFile } from '../../src/core/configFile.ts';
import type { ConfigurationContents } from '../../src/core/configuration.ts';
import { defaultSettings } from '../../src/extension/contributions.ts';
import type { Overrides } from '../../src/protocol/control.ts';
import { openHome } from '../../src/protocol/home.ts';
import type { BuiltExtension } from './builtExtension.ts';
import {
  type Editor,
  type EditorOptions,
  type EditorWindow,
  startEditor,
  type WindowOptions,
} from './editor.ts';
import { freePort, LinkedWindow, proxiesOf, temporaryHome } from './linkedWindow.ts';
import type { SimulatedEndpoint } from './simulatedEndpoint.ts';
import { waitFor } from './waitFor.ts';

/** The package that users install, made by `npm run vsix`. */
export const packagedExtension = fileURLToPath(new URL('../../dist/qcc.vsix', import.meta.url));

/** Full id of the extension's status bar item. */
export const statusBarId = 'qcc.qcc.qcc.status';

/** What a console message has in it that is ours: the extension's id, as in its paths, or a refusal by the page's policy. */
export const ownProblems = /qcc\.qcc|content.security/i;

/** A request for a streamed message. */
export function messageBody(text: string): string {
  const messages = [{ role: 'user', content: text }];
  return JSON.stringify({ model: 'claude-sonnet-5-5', max_tokens: 4096, stream: true, messages });
}

/**
 * Makes the contents of a config file out of simulated endpoints. The first one is tried first, unless weights are
 * given, one for each.
 */
export function demoContents(
  profile: string,
  endpoints: readonly SimulatedEndpoint[],
  key: (endpoint: SimulatedEndpoint) => string,
  weights?: readonly number[],
  backup: readonly SimulatedEndpoint[] = [],
): ConfigurationContents {
  const endpointOf = (endpoint: SimulatedEndpoint, index: number) => ({
    name: endpoint.name,
    baseUrl: endpoint.url,
    apiKey: key(endpoint),
    priority: index + 1,
    weight: weights?.[index] ?? 100,
  });
  const file = {
    version: 1,
    activeProfile: profile,
    profiles: [
      {
        name: profile,
        description: 'Simulated endpoints on this machine',
        priority: 'primary',
        strategy: weights ? 'weighted' : 'priority',
        endpoints: endpoints.map(endpointOf),
      },
      ...(backup.length === 0
        ? []
        : [{ name: 'backup', priority: 'secondary', endpoints: backup.map(endpointOf) }]),
    ],
  };
  const result = parseConfigFile(JSON.stringify(file), () => randomUUID());
  if (!result.ok) throw new Error(`not a valid configuration: ${JSON.stringify(result.problems)}`);
  return result.contents;
}

/**
 * Starts the proxy of a state folder with a configuration, as one more window does. The windows of an editor that
 * has none of its own take it over.
 *
 * @param build of the window; default: the one of `npm run vsix`
 */
export async function bringConfiguration(
  home: string,
  port: number,
  contents: ConfigurationContents,
  settings: Partial<Overrides> = {},
  build?: BuiltExtension,
): Promise<LinkedWindow> {
  const document = { ...contents, storeId: randomUUID(), revision: 1, lineage: [randomUUID()] };
  const store = { document, saves: 0 };
  const window = new LinkedWindow({
    home,
    port,
    store,
    ...(build && { script: build.proxy, version: build.version }),
  });
  const { routing = window.routing, ...overrides } = settings;
  window.routing = routing;
  window.overrides = { ...window.overrides, ...overrides };
  if (!(await window.link.attach())) throw new Error(`the proxy did not start: ${window.status?.kind}`);
  return window;
}

/** An editor with the packaged extension, a state folder and a port of its own. */
export class QccEditor {
  #editor: Editor;
  readonly home: string;
  readonly port: number;
  readonly #removeHome: () => void;
  /** Holds the configuration until a window of the editor has taken it over. */
  #bringer: LinkedWindow | undefined;

  private constructor(
    editor: Editor,
    home: string,
    port: number,
    removeHome: () => void,
    bringer: LinkedWindow | undefined,
  ) {
    this.#editor = editor;
    this.home = home;
    this.port = port;
    this.#removeHome = removeHome;
    this.#bringer = bringer;
  }

  /**
   * Starts the editor; its first window starts the proxy, unless `contents` are brought by another one before.
   *
   * @param options `prepare` gets the state folder before any proxy uses it; `build` is what is installed at first
   */
  static async start(
    options: Omit<EditorOptions, 'vsix'> & {
      contents?: ConfigurationContents;
      prepare?: (home: string, port: number) => void;
      build?: BuiltExtension;
    } = {},
  ): Promise<QccEditor> {
    const { folder, remove } = temporaryHome();
    const port = await freePort();
    options.prepare?.(folder, port);
    // No check comes between the requests that a test counts, unless it wants them.
    const health = { ...defaultSettings.health, enabled: false };
    const bringer =
      options.contents &&
      (await bringConfiguration(folder, port, options.contents, { health }, options.build));
    const settings = {
      'qcc.proxy.port': port,
      'qcc.proxy.stateFolder': folder,
      'qcc.health.enabled': false,
      ...options.settings,
    };
    const editor = await startEditor({
      ...options,
      vsix: options.build?.vsix ?? packagedExtension,
      settings,
    });
    return new QccEditor(editor, folder, port, remove, bringer);
  }

  get editor(): Editor {
    return this.#editor;
  }

  /** Ends the editor, which was started with `keepFolder`, and starts it again with all that it has stored. */
  async restart(): Promise<void> {
    const { folder, port } = this.#editor;
    await this.#editor.stop();
    this.#editor = await startEditor({ folder: folder.root, port });
  }

  /** What clients show to the proxy. */
  get token(): string {
    return openHome(this.home).token;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Opens a window and waits until the extension has started in it. */
  async openWindow(options: Omit<WindowOptions, 'statusBarId'> = {}): Promise<EditorWindow> {
    const window = await this.editor.openWindow({ ...options, statusBarId });
    const bringer = this.#bringer;
    if (bringer) {
      // Several windows may have been opened at once.
      await waitFor('the editor has taken over', () => Number(bringer.state?.windows) >= 2 || undefined);
      if (this.#bringer) {
        this.#bringer = undefined;
        await bringer.link.dispose();
      }
    }
    return window;
  }

  /** Pids of the proxies that run on this editor's state folder. Linux only. */
  proxies(): number[] {
    return proxiesOf(this.home);
  }

  /** The pid of the one proxy there is. */
  async proxy(): Promise<number> {
    return await waitFor('there is one proxy', () =>
      this.proxies().length === 1 ? this.proxies()[0] : undefined,
    );
  }

  /** Sends a message through the proxy, streamed; by default to the port it was started with, and with its token. */
  ask(text: string, { port = this.port, token = this.token } = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${port}/v1/messages?beta=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': token },
      body: messageBody(text),
    });
  }

  /** Ends the editor and, without waiting for its lease to run out, the proxy. */
  async stop(): Promise<void> {
    await this.editor.stop();
    await this.#bringer?.link.dispose();
    for (const pid of this.proxies()) process.kill(pid, 'SIGTERM');
    await waitFor('the proxy has ended', () => this.proxies().length === 0 || undefined, 70_000);
    this.#removeHome();
  }
}
