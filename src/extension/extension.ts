import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { emptyContents } from '../core/configuration.ts';
import { type Home, openHome } from '../protocol/home.ts';
import { version } from '../protocol/version.ts';
import { createAlerts } from './alerts.ts';
import { createChoiceAlert, tellReplaced } from './choiceAlert.ts';
import { registerClientCommands } from './commands/client.ts';
import { logUnexpected } from './commands/commandContext.ts';
import { registerCommands } from './commands/register.ts';
import { ConfigurationHistory } from './configurationHistory.ts';
import { createContextKeys } from './contextKeys.ts';
import { nextCountdownStep } from './countdowns.ts';
import { openDocumentStore } from './documentStores.ts';
import { createEndpointAlerts } from './endpointAlerts.ts';
import { createForgetting } from './forgetting.ts';
import { createInstallationRecorder } from './installationRecorder.ts';
import { logLine } from './logLine.ts';
import { Model } from './model.ts';
import { onDidChangeNetwork, readNetworkOptions } from './network.ts';
import { News } from './news.ts';
import { ProxyLink } from './proxyLink/proxyLink.ts';
import { proxyRequests } from './proxyLink/proxyRequests.ts';
import { createProxyNotices } from './proxyNotices.ts';
import { openQueueKey } from './queueKey.ts';
import { Reports } from './reports/reports.ts';
import { onDidChangeSettings, proxySettings, readSettings } from './settings.ts';
import { openVersionStore } from './storedVersions.ts';
import { createTerminals } from './terminals.ts';
import { Ticker } from './ticker.ts';
import { createEndpointTree } from './views/endpointTree/endpointTree.ts';
import { MetricsPanel } from './views/panel/metricsPanel.ts';
import { createQueueTree } from './views/queueTree/queueTree.ts';
import { createStatusBar } from './views/statusBar/statusBar.ts';

let link: ProxyLink | undefined;
let versions: ConfigurationHistory | undefined;

/** Wires this window together; everything it is made of can be seen here. */
export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('QCC', { log: true });
  const model = new Model({
    link: { kind: readSettings().autoStart ? 'starting' : 'stopped' },
    configuration: emptyContents.configuration,
    state: null,
  });
  const history = new ConfigurationHistory({
    store: openVersionStore(context.globalState, context.secrets),
    now: Date.now,
    onError: (error) => logUnexpected(output, 'versions', error),
  });
  versions = history;
  let home: Home | undefined;
  // What is being developed is a checkout, and no editor will run the script that removes what it wrote.
  const isInstalled = context.extensionMode === vscode.ExtensionMode.Production;
  const recordInstallation = createInstallationRecorder(context.extensionPath);
  const proxyLink = new ProxyLink({
    openHome: () => {
      home = openHome(readSettings().stateFolder);
      if (isInstalled) recordInstallation(home.folder);
      return home;
    },
    port: () => readSettings().port,
    version,
    settings: () => ({ network: readNetworkOptions(process.env), ...proxySettings() }),
    script: context.asAbsolutePath('dist/proxy.cjs'),
    store: openDocumentStore(context, output, (document) => history.putAside(document)),
    queueKey: openQueueKey(context.secrets),
    onStatus: (status) => {
      output.info(`link ${status.kind}`);
      model.update({ link: status });
    },
    onDocument: (document) => {
      history.follow(document);
      model.update({ configuration: document.configuration });
    },
    putAside: (document) => history.putAside(document),
    onReplaced: (document, isChosenHere) => {
      tellReplaced(commandContext, context.globalStorageUri, document, isChosenHere).catch((error: unknown) =>
        logUnexpected(output, 'replaced', error),
      );
    },
    onState: (state) => model.update({ state }),
    onLog: (entry) => output[entry.level](logLine(entry, Date.now())),
    onError: (error) => logUnexpected(output, 'link', error),
  });
  link = proxyLink;

  const ticker = new Ticker({ next: () => nextCountdownStep(model.value), tick: () => model.tick() });
  const news = new News(context.globalState, version);
  const reports = new Reports();
  const requests = proxyRequests(proxyLink);
  const metrics = new MetricsPanel({
    extensionUri: context.extensionUri,
    model,
    requests,
    news,
    onError: (error) => logUnexpected(output, 'metrics', error),
  });
  const commandContext = { model, actions: proxyLink, requests, reports, history, output, newId: randomUUID };
  const endpointTree = createEndpointTree(commandContext);
  const token = () => home?.token;
  const terminals = createTerminals({
    model,
    collection: context.environmentVariableCollection,
    globalState: context.globalState,
    token,
  });
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
    createContextKeys(model, history),
    endpointTree,
    createQueueTree(commandContext),
    createStatusBar(model),
    terminals,
    createAlerts(commandContext),
    createChoiceAlert(commandContext),
    createEndpointAlerts(commandContext),
    createProxyNotices(commandContext),
    registerCommands(
      commandContext,
      metrics,
      { extension: context.extension, news },
      endpointTree,
      createForgetting(context),
    ),
    registerClientCommands(commandContext, { terminals, secrets: context.secrets, token }),
    onDidChangeSettings(settingsChanged),
    onDidChangeNetwork(settingsChanged),
  );
  proxyLink.start(readSettings().autoStart);
}

/** Gives the lease back. The proxy goes on for the other windows, or ends by itself. */
export async function deactivate(): Promise<void> {
  await link?.dispose();
  await versions?.idle();
}
