import * as vscode from 'vscode';
import { readSettingsFile, settingsPlaces } from '../clients/claudeCodeFiles.ts';
import { type ClientFacts, judgeClient, type Layer } from '../clients/clientCheck.ts';
import { clientReport } from '../reports/clientReport.ts';
import { readSettings } from '../settings.ts';
import type { TerminalVariables } from '../terminalVariables.ts';
import type { ClientContext } from './client.ts';

/** Shows what each client on this machine really uses, and what overrides it. */
export async function checkClients(context: ClientContext): Promise<void> {
  const { model, terminals, token, editorSettings, reports } = context;
  const { link, state } = model.value;
  const { port: chosenPort, requireToken } = readSettings();
  const port = link.kind === 'attached' ? link.port : chosenPort;
  const project = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;
  const places = settingsPlaces(context.target().file, project);
  const files = (await Promise.all(places.map(readSettingsFile))).filter((read) => read !== undefined);
  const facts: Omit<ClientFacts, 'others'> = {
    files,
    proxy: { port, token: token() },
    isRunning: link.kind === 'attached',
    requiresToken: requireToken,
  };
  const environment = layer('environment', process.env);
  const inTerminal = [...injected(terminals.variables), environment];
  const panelValues = editorSettings.variables.map(({ name, value }) => [name, value] as const);
  const inPanel = [layer('editor', Object.fromEntries(panelValues)), environment];
  const checked = {
    link,
    state,
    port,
    token: token(),
    terminals: { variables: terminals.variables, older: terminals.older },
    inTerminal: judgeClient({ ...facts, others: inTerminal }),
    inPanel: judgeClient({ ...facts, others: inPanel }),
    outside: judgeClient({ ...facts, others: [environment] }),
  };
  await reports.show(clientReport(checked));
}

function layer(
  kind: 'terminals' | 'editor' | 'environment',
  values: Readonly<Record<string, string | undefined>>,
): Layer {
  const set = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { source: { kind }, variables: new Map(set) };
}

/** What is appended goes behind what the environment has. */
function injected(variables: TerminalVariables | string): Layer[] {
  if (typeof variables === 'string') return [];
  const appended = Object.entries(variables.append).map(([name, value]): [string, string] => [
    name,
    (process.env[name] ?? '') + value,
  ]);
  return [layer('terminals', { ...variables.set, ...Object.fromEntries(appended) })];
}
