import * as vscode from 'vscode';
import { isProxyUrl } from '../core/corporateProxy.ts';
import type { NetworkOptions } from '../protocol/control.ts';

/** How servers are reached, by VS Code's own settings, which do not reach a child process by themselves. */
export function readNetworkOptions(environment: NodeJS.ProcessEnv): NetworkOptions {
  const http = vscode.workspace.getConfiguration('http');
  const isOff = http.get('proxySupport') === 'off';
  const fromEnvironment = environment.https_proxy || environment.HTTPS_PROXY || '';
  // Settings files hold anything; what is of no use counts as not set.
  const configured: unknown = http.get('proxy');
  const proxyUrl = isOff ? '' : configured || fromEnvironment;
  const noProxyVariable = environment.no_proxy ?? environment.NO_PROXY ?? '';
  const exclusions: unknown = http.get('noProxy');
  return {
    proxyUrl: typeof proxyUrl === 'string' && isProxyUrl(proxyUrl) ? proxyUrl : null,
    noProxy: [...(Array.isArray(exclusions) ? exclusions : []), ...noProxyVariable.split(',')].filter(
      (host): host is string => typeof host === 'string' && host !== '',
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
