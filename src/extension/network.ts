import * as vscode from 'vscode';
import type { NetworkOptions } from '../protocol/control.ts';

/** How servers are reached, by VS Code's own settings, which do not reach a child process by themselves. */
export function readNetworkOptions(environment: NodeJS.ProcessEnv): NetworkOptions {
  const http = vscode.workspace.getConfiguration('http');
  const isOff = http.get('proxySupport') === 'off';
  const fromEnvironment = environment.https_proxy || environment.HTTPS_PROXY || '';
  const proxyUrl = isOff ? '' : http.get<string>('proxy') || fromEnvironment;
  const noProxyVariable = environment.no_proxy ?? environment.NO_PROXY ?? '';
  return {
    proxyUrl: isProxyUrl(proxyUrl) ? proxyUrl : null,
    noProxy: [...http.get<string[]>('noProxy', []), ...noProxyVariable.split(',')].filter(
      (host) => host !== '',
    ),
    strictSsl: http.get('proxyStrictSSL') !== false,
    systemCertificates: http.get('systemCertificates') !== false,
  };
}

/** Calls `listener` after a setting changed that `readNetworkOptions` reads. */
export function onDidChangeNetwork(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('http')) listener();
  });
}

function isProxyUrl(text: string): boolean {
  return /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '');
}
