import * as vscode from 'vscode';
import type { EndpointFailure } from '../../protocol/state.ts';

/** Why an attempt failed, as a short phrase in the user's language. */
export function failureText({ code, status }: EndpointFailure): string {
  switch (code) {
    case 'dnsFailed':
      return vscode.l10n.t('Host name not found');
    case 'connectRefused':
      return vscode.l10n.t('Connection refused');
    case 'connectTimeout':
      return vscode.l10n.t('No connection in time');
    case 'tlsFailed':
      return vscode.l10n.t('No secure connection (TLS)');
    case 'staleConnection':
    case 'connectionLost':
      return vscode.l10n.t('Connection lost');
    case 'badResponse':
      return vscode.l10n.t('Response not understood');
    case 'htmlAnswer':
      return vscode.l10n.t('Answered with a web page');
    case 'emptyAnswer':
      return vscode.l10n.t('Answered with nothing');
    case 'slow':
      return vscode.l10n.t('Too slow to answer');
    case 'firstByteTimeout':
      return vscode.l10n.t('No response in time');
    case 'idleTimeout':
      return vscode.l10n.t('Response came to a halt');
    case 'truncated':
      return vscode.l10n.t('Response cut short');
    case 'redirected':
      return vscode.l10n.t('Redirected elsewhere (status {0})', status ?? '3xx');
    case 'errorStatus':
      return errorStatusText(status);
  }
}

/** The statuses that tell users what to do; the rest is a number to look up. */
function errorStatusText(status: number | undefined): string {
  switch (status) {
    case 401:
      return vscode.l10n.t('Key refused (status {0})', status);
    case 402:
      return vscode.l10n.t('Key has no credit left (status {0})', status);
    case 403:
      return vscode.l10n.t('Access refused (status {0})', status);
    case 429:
      return vscode.l10n.t('Too many requests (status {0})', status);
    case 529:
      return vscode.l10n.t('Overloaded (status {0})', status);
    default:
      return vscode.l10n.t('Error status {0}', status ?? '?');
  }
}
