import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { emptyContents } from '../core/configuration.ts';
import { type Home, openHome } from '../protocol/home.ts';
import { createAlerts } from './alerts.ts';
import { logUnexpected } from './commands/commandContext.ts';
import { registerCommands } from './commands/register.ts';
import { createContextKeys } from './contextKeys.ts';
import { nextCountdownStep } from './countdowns.ts';
import { openDocumentStore } from './documentStores.ts';
import { createEndpointAlerts } from './endpointAlerts.ts';
import { logLine } from './logLine.ts';
import { Model } from './model.ts';
import { onDidChangeNetwork, readNetworkOptions } from './network.ts';
import { ProxyLink } from './proxyLink/proxyLink.ts';
import { proxyRequests } from './proxyLink/proxyRequests.ts';
import { createProxyNotices } from './proxyNotices.ts';
import { openQueueKey } from './queueKey.ts';
import { Reports } from './reports/reports.ts';
import { onDidChangeSettings, proxySettings, readSettings } from './settings.ts';
import { createTerminals } from './terminals.ts';
import { Ticker } from './ticker.ts';
import { createEndpointTree } from './views/endpointTree.ts';
import { MetricsPanel } from './views/metricsPanel.ts';
import { createStatusBar } from './views/statusBar.ts';

let link: ProxyLink | undefined;

/** Wires this window together; everything it is made of can be seen here. */
export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('QCC', { log: true });
  const model = new Model({
    link: { kind: readSettings().autoStart ? 'starting' : 'stopped' },
    configuration: emptyContents.configuration,
    state: null,
  });
  let home: Home | undefined;
  const proxyLink = new ProxyLink({
    openHome: () => {
      home = openHome(readSettings().stateFolder);
      return home;
    },
    port: () => readSettings().port,
    settings: () => ({ network: readNetworkOptions(process.env), ...proxySettings() }),
    script: context.asAbsolutePath('dist/proxy.cjs'),
    store: openDocumentStore(context, output),
    queueKey: openQueueKey(context.secrets),
    onStatus: (status) => {
      output.info(`link ${status.kind}`);
      model.update({ link: status });
    },
    onDocument: ({ configuration }) => model.update({ configuration }),
    onState: (state) => model.update({ state }),
    onLog: (entry) => output[entry.level](logLine(entry, Date.now())),
    onError: (error) => logUnexpected(output, 'link', error),
  });
  link = proxyLink;

  const ticker = new Ticker({ next: () => nextCountdownStep(model.value), tick: () => model.tick() });
  const metrics = new MetricsPanel({ extensionUri: context.extensionUri, model });
  const reports = new Reports();
  const requests = proxyRequests(proxyLink);
  const commandContext = { model, actions: proxyLink, requests, reports, output, newId: randomUUID };
  const settingsChanged = () => {
    proxyLink.settingsChanged().catch((error: unknown) => logUnexpected(output, 'settings', error));
  };
  context.subscriptions.push(
    output,
    model,
    ticker,
    model.onDidChange(() => ticker.update()),
    metrics,
    reports,
    createContextKeys(model),
    createEndpointTree(model),
    createStatusBar(model),
    createTerminals({
      model,
      collection: context.environmentVariableCollection,
      globalState: context.globalState,
      token: () => home?.token,
    }),
    createAlerts(commandContext),
    createEndpointAlerts(commandContext),
    createProxyNotices(commandContext),
    registerCommands(commandContext, metrics),
    onDidChangeSettings(settingsChanged),
    onDidChangeNetwork(settingsChanged),
  );
  proxyLink.start(readSettings().autoStart);
}

/** Gives the lease back. The proxy goes on for the other windows, or ends by itself. */
export async function deactivate(): Promise<void> {
  await link?.dispose();
}
