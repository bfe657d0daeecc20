import * as vscode from 'vscode';
import type { PanelCommand, PanelNotice, PanelString } from '../../protocol/panel.ts';
import type { LinkStatus } from '../proxyLink/linkStatus.ts';
import { linkText, timeLeftText } from '../words.ts';
import type { EndpointRow } from './endpointRows.ts';
import { causeText, conditionText, outlookTexts, refusedModelsText } from './endpointWords.ts';
import { failureText } from './failureText.ts';
import type { PanelWords } from './panelView.ts';
import { standInText } from './servingWords.ts';

/** The fixed texts of the panel's page. */
export function panelStringTexts(): Record<PanelString, string> {
  return {
    title: vscode.l10n.t('QCC Metrics'),
    summary: vscode.l10n.t('Proxy'),
    profile: vscode.l10n.t('Profile'),
    address: vscode.l10n.t('Address'),
    upSince: vscode.l10n.t('Up since'),
    inFlight: vscode.l10n.t('In flight'),
    waiting: vscode.l10n.t('Waiting'),
    rescued: vscode.l10n.t('Turns rescued'),
    copyAddress: vscode.l10n.t('Copy Address'),
    addressCopied: vscode.l10n.t('Address copied.'),
    endpoints: vscode.l10n.t('Endpoints'),
    endpoint: vscode.l10n.t('Endpoint'),
    state: vscode.l10n.t('State'),
    requests: vscode.l10n.t('Requests'),
    failures: vscode.l10n.t('Failures'),
    successRate: vscode.l10n.t('Success rate'),
    firstByte: vscode.l10n.t('First byte'),
    lastServed: vscode.l10n.t('Last served'),
    lastFailure: vscode.l10n.t('Last failure'),
    inUse: vscode.l10n.t('active'),
  };
}

/** The texts of the panel that depend on what is shown. */
export function createPanelWords(): PanelWords {
  const addProfile = action('addProfile', vscode.l10n.t('Add Profile'));
  const useProfile = action('useProfile', vscode.l10n.t('Choose Profile'));
  const addEndpoint = action('addEndpoint', vscode.l10n.t('Add Endpoint'));
  return {
    state: (row) => {
      const label = row.condition === 'inFlight' ? vscode.l10n.t('Answering') : conditionText(row.condition);
      return { label, details: stateDetails(row) };
    },
    waiting: ({ left }) =>
      left ? vscode.l10n.t('next try {0}', vscode.l10n.t('in {0}', timeLeftText(left))) : '',
    failure: failureText,
    link: linkNotice,
    standIn: (serving) => {
      const text = standInText(serving);
      return text === undefined ? undefined : notice(text);
    },
    noProfile: notice(
      vscode.l10n.t('There is no profile yet. Add one to say where requests go.'),
      addProfile,
    ),
    noActiveProfile: notice(vscode.l10n.t('No profile is active, so no request can be served.'), useProfile),
    noEndpoint: notice(
      vscode.l10n.t('The active profile has no endpoint, so no request can be served.'),
      addEndpoint,
    ),
    insecureTls: notice(
      vscode.l10n.t(
        'Certificates of endpoints are not checked, because the setting http.proxyStrictSSL is off.',
      ),
    ),
  };
}

function stateDetails(row: EndpointRow): string[] {
  const refused =
    row.refusedModels.length > 0 ? vscode.l10n.t('models refused: {0}', refusedModelsText(row)) : [];
  // What went wrong is in a column of its own; why it is taken out may be something else.
  const reason = row.condition === 'quarantined' ? causeText(row) : undefined;
  return [reason ?? [], outlookTexts(row), refused].flat();
}

function linkNotice(link: LinkStatus): PanelNotice | undefined {
  const text = linkText(link);
  if (text === undefined) return undefined;
  return { ...notice(text, linkAction(link)), busy: link.kind === 'starting' };
}

function linkAction(link: LinkStatus): PanelNotice['action'] | undefined {
  switch (link.kind) {
    case 'stopped':
    case 'portTaken':
      return action('startProxy', vscode.l10n.t('Start Proxy'));
    case 'unusableHome':
    case 'crashing':
      return action('showLog', vscode.l10n.t('Show Log'));
    case 'attached':
    case 'starting':
    case 'otherStore':
    case 'incompatible':
      return undefined;
  }
}

function notice(text: string, offered?: PanelNotice['action']): PanelNotice {
  return { text, busy: false, action: offered ?? null };
}

function action(command: PanelCommand, label: string): NonNullable<PanelNotice['action']> {
  return { command, label };
}
