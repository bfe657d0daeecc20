import * as vscode from 'vscode';
import type { RequestRecord } from '../../../protocol/history.ts';

/** What became of a request, in a word or two. */
export function outcomeText({ route, outcome }: Pick<RequestRecord, 'route' | 'outcome'>): string {
  switch (outcome) {
    case 'served':
      return servedText(route);
    case 'rescued':
      return vscode.l10n.t('Rescued');
    case 'broken':
      return vscode.l10n.t('Broken off');
    case 'failed':
      return vscode.l10n.t('Failed');
    case 'clientGone':
      return vscode.l10n.t('Client left');
  }
}

/** What was asked for is told where it is not a message. */
function servedText(route: RequestRecord['route']): string {
  switch (route) {
    case 'messages':
      return vscode.l10n.t('Served');
    case 'countTokens':
      return vscode.l10n.t('Tokens counted');
    case 'models':
      return vscode.l10n.t('Models listed');
  }
}
