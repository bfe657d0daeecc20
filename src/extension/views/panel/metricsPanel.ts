import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { type MessageToPanel, type PanelCommand, parseMessageFromPanel } from '../../../protocol/panel.ts';
import type { ProxyRequests } from '../../actions.ts';
import { type CommandId, commands } from '../../contributions.ts';
import type { Model } from '../../model.ts';
import type { News } from '../../news.ts';
import { exportTable } from './panelExport.ts';
import { panelHtml } from './panelHtml.ts';
import { PanelPast } from './panelPast.ts';
import { panelStringTexts } from './panelStringTexts.ts';
import { type PanelEdition, panelView } from './panelView.ts';
import { createPanelWords } from './panelWords.ts';

const viewType = 'qcc.metrics';

const commandIds = {
  addProfile: commands.profileAdd,
  useProfile: commands.profileUse,
  addEndpoint: commands.endpointAdd,
  startProxy: commands.proxyStart,
  chooseConfiguration: commands.configChoose,
  showLog: commands.proxyLogs,
  checkEndpoints: commands.healthCheck,
  whatsNew: commands.whatsNew,
  help: commands.help,
} satisfies Record<Exclude<PanelCommand, 'copyAddress'>, CommandId>;

/** What the metrics panel needs of its surroundings. */
export interface MetricsPanelContext {
  readonly extensionUri: vscode.Uri;
  readonly model: Model;
  readonly requests: ProxyRequests;
  readonly news: PanelEdition & Pick<News, 'onDidChange'>;
  /** Something happened that should not; the panel goes on. */
  readonly onError: (error: unknown) => void;
}

/** The metrics panel: at most one per window, kept across reloads of the window. */
export class MetricsPanel implements vscode.Disposable {
  readonly #context: MetricsPanelContext;
  readonly #words = createPanelWords();
  readonly #past: PanelPast;
  readonly #subscriptions: vscode.Disposable[] = [];
  #panel: vscode.WebviewPanel | undefined;
  /** What the page was told last, as JSON. */
  #rendered = '';

  constructor(context: MetricsPanelContext) {
    this.#context = context;
    const { model, requests, news, onError } = context;
    this.#past = new PanelPast({ model, requests, onError, post: (message) => this.#post(message) });
    this.#subscriptions.push(
      model.onDidChange(() => this.#update()),
      news.onDidChange(() => this.#update()),
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
    this.#past.forget();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.#context;
    const dist = vscode.Uri.joinPath(extensionUri, 'dist');
    const { webview } = panel;
    panel.title = panelTitle();
    panel.iconPath = panelIcon(extensionUri);
    webview.options = {
      enableScripts: true,
      localResourceRoots: [dist],
    };
    const listeners = vscode.Disposable.from(
      webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      // A hidden panel has no page. The next one asks anew.
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#past.forget();
      }),
    );
    panel.onDidDispose(() => {
      listeners.dispose();
      this.#past.forget();
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
    switch (message?.type) {
      case undefined:
        return;
      case 'ready':
        this.#past.forget();
        this.#rendered = '';
        this.#render();
        return;
      case 'command':
        this.#run(message.command);
        return;
      case 'showHistory':
        this.#past.showHistory(message);
        return;
      case 'showRequests':
        this.#past.showRequests(message);
        return;
      case 'explain':
        this.#past.explain(message.requestId).catch(this.#context.onError);
        return;
      case 'export': {
        const shown = { ...this.#past.shown, endpoints: this.#view.endpoints };
        exportTable(message.table, message.format, shown).catch(this.#context.onError);
        return;
      }
    }
  }

  #run(command: PanelCommand): void {
    if (command === 'copyAddress') void this.#copyAddress();
    else void vscode.commands.executeCommand(commandIds[command]);
  }

  async #copyAddress(): Promise<void> {
    const { address } = this.#view;
    if (address === null) return;
    await vscode.env.clipboard.writeText(address);
    this.#post({ type: 'addressCopied' });
  }

  get #view() {
    const { model, news } = this.#context;
    return panelView(model.value, news, this.#words);
  }

  #update(): void {
    // A hidden panel has no page; its next page asks with `ready`.
    if (!this.#panel?.visible) return;
    this.#render();
    this.#past.update();
  }

  #render(): void {
    const view = this.#view;
    const rendered = JSON.stringify(view);
    // Time passes, and most of what it changes is not shown here.
    if (rendered === this.#rendered) return;
    this.#rendered = rendered;
    this.#post({ type: 'render', view, strings: panelStringTexts() });
  }

  #post(message: MessageToPanel): void {
    void this.#panel?.webview.postMessage(message);
  }
}

function panelTitle(): string {
  return vscode.l10n.t('QCC Metrics');
}

function panelIcon(extensionUri: vscode.Uri): { readonly light: vscode.Uri; readonly dark: vscode.Uri } {
  const icon = (kind: 'light' | 'dark') => vscode.Uri.joinPath(extensionUri, 'media', `metrics-${kind}.svg`);
  return { light: icon('light'), dark: icon('dark') };
}
