import * as vscode from 'vscode';
import type { TableWords } from './panelTables.ts';

/** The texts of exported tables for people. */
export function createTableWords(): TableWords {
  return {
    kind: (kind) => (kind === 'switch' ? vscode.l10n.t('Profile') : vscode.l10n.t('Endpoint')),
    titles: {
      time: vscode.l10n.t('Time'),
      day: vscode.l10n.t('Day'),
      name: vscode.l10n.t('Name'),
      host: vscode.l10n.t('Host'),
      profile: vscode.l10n.t('Profile'),
      state: vscode.l10n.t('State'),
      requestId: vscode.l10n.t('Request ID'),
      model: vscode.l10n.t('Model'),
      endpoint: vscode.l10n.t('Endpoint'),
      outcome: vscode.l10n.t('Outcome'),
      status: vscode.l10n.t('HTTP status'),
      attempts: vscode.l10n.t('Attempts'),
      durationMs: vscode.l10n.t('Duration (ms)'),
      requests: vscode.l10n.t('Requests'),
      served: vscode.l10n.t('Served'),
      rescued: vscode.l10n.t('Rescued'),
      failed: vscode.l10n.t('Failed'),
      inFlight: vscode.l10n.t('In flight'),
      inputTokens: vscode.l10n.t('Input tokens'),
      outputTokens: vscode.l10n.t('Output tokens'),
      cacheReadTokens: vscode.l10n.t('Tokens read from a cache'),
      cacheWriteTokens: vscode.l10n.t('Tokens written to a cache'),
      costUsd: vscode.l10n.t('Cost (US$)'),
      firstContentP50Ms: vscode.l10n.t('First content P50 (ms)'),
      firstContentP95Ms: vscode.l10n.t('First content P95 (ms)'),
      configuredWeight: vscode.l10n.t('Weight'),
      effectiveWeight: vscode.l10n.t('Weight as used'),
      lastCheck: vscode.l10n.t('Last check'),
      lastFailure: vscode.l10n.t('Last failure'),
      lastFailureTime: vscode.l10n.t('Time of the last failure'),
      kind: vscode.l10n.t('Kind'),
      subject: vscode.l10n.t('Subject'),
      event: vscode.l10n.t('Event'),
    },
  };
}
