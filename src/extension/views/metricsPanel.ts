import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { type MessageToPanel, type PanelCommand, parseMessageFromPanel } from '../../protocol/panel.ts';
import { type CommandId, commands } from '../contributions.ts';
import type { Model } from '../model.ts';
import { panelHtml } from './panelHtml.ts';
import { panelView } from './panelView.ts';
import { createPanelWords, panelStringTexts } from './panelWords.ts';

const viewType = 'qcc.metrics';

const commandIds = {
  addProfile: commands.profileAdd,
  useProfile: commands.profileUse,
  addEndpoint: commands.endpointAdd,
  startProxy: commands.proxyStart,
  showLog: commands.proxyLogs,
} satisfies Record<Exclude<PanelCommand, 'copyAddress'>, CommandId>;

/** What the metrics panel needs of its surroundings. */
export interface MetricsPanelContext {
  readonly extensionUri: vscode.Uri;
  readonly model: Model;
}

/** The metrics panel: at most one per window, kept across reloads of the window. */
export class MetricsPanel implements vscode.Disposable {
  readonly #context: MetricsPanelContext;
  readonly #words = createPanelWords();
  readonly #subscriptions: vscode.Disposable[] = [];
  #panel: vscode.WebviewPanel | undefined;

  constructor(context: MetricsPanelContext) {
    this.#context = context;
    this.#subscriptions.push(
      context.model.onDidChange(() => this.#render()),
      vscode.window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel) => {
          // It was opened by hand before the old one came back.
          if (this.#panel) panel.dispose();
          else this.#adopt(panel);
        },
      }),
    );
  }

  /** Opens the panel or brings it to the front. */
  show(): void {
    if (this.#panel) this.#panel.reveal();
    else this.#adopt(vscode.window.createWebviewPanel(viewType, panelTitle(), vscode.ViewColumn.Active));
  }

  /** Leaves an open panel where it is: closing it here would keep it from coming back after a reload. */
  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.#context;
    const dist = vscode.Uri.joinPath(extensionUri, 'dist');
    const { webview } = panel;
    panel.title = panelTitle();
    webview.options = {
      enableScripts: true,
      localResourceRoots: [dist],
    };
    const listener = webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
    panel.onDidDispose(() => {
      listener.dispose();
      this.#panel = undefined;
    });
    this.#panel = panel;
    webview.html = panelHtml({
      nonce: randomBytes(18).toString('base64url'),
      scriptUrl: String(webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.js'))),
      styleUrl: String(webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.css'))),
      language: vscode.env.language,
    });
  }

  #receive(input: unknown): void {
    const message = parseMessageFromPanel(input);
    if (message?.type === 'ready') this.#render();
    if (message?.type !== 'command') return;
    if (message.command === 'copyAddress') void this.#copyAddress();
    else void vscode.commands.executeCommand(commandIds[message.command]);
  }

  async #copyAddress(): Promise<void> {
    const { address } = panelView(this.#context.model.value, this.#words);
    if (address === null) return;
    await vscode.env.clipboard.writeText(address);
    this.#post({ type: 'addressCopied' });
  }

  #render(): void {
    // A hidden panel has no page; its next page asks with `ready`.
    if (!this.#panel?.visible) return;
    const view = panelView(this.#context.model.value, this.#words);
    this.#post({ type: 'render', view, strings: panelStringTexts() });
  }

  #post(message: MessageToPanel): void {
    void this.#panel?.webview.postMessage(message);
  }
}

function panelTitle(): string {
  return vscode.l10n.t('QCC Metrics');
}
