import * as vscode from 'vscode';
import type { PanelCommand, PanelNotice } from '../../../protocol/panel.ts';
import { type LinkStatus, needsChoice } from '../../proxyLink/linkStatus.ts';
import { historyText, linkText, timeLeftText } from '../../words.ts';
import { checkCause, checkText, quotaText, quotaTitle } from '../checkWords.ts';
import type { EndpointRow } from '../endpointRows.ts';
import { causeText, conditionText, outlookTexts, refusedModelsText } from '../endpointWords.ts';
import { failureText } from '../failureText.ts';
import { standInText } from '../servingWords.ts';
import type { PanelWords } from './panelView.ts';

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
    role: ({ active, serves }) => {
      if (serves) return active ? vscode.l10n.t('active') : vscode.l10n.t('stands in');
      return active ? vscode.l10n.t('another profile stands in') : null;
    },
    quota: (quota) => ({ label: quotaTitle(quota), text: quotaText(quota) }),
    check: checkWord,
    link: linkNotice,
    standIn: (serving) => {
      const text = standInText(serving);
      return text === undefined ? undefined : notice(text);
    },
    history: (history) => {
      const text = historyText(history);
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

function checkWord({ state }: EndpointRow): string | null {
  if (!state) return null;
  const { last, isRefused } = state.check;
  const words = [
    ...(last ? [checkText(last), checkCause(last)] : []),
    ...(isRefused && last?.class !== 'refused' ? [vscode.l10n.t('cannot be checked')] : []),
  ].filter((text) => text !== '');
  return words.length > 0 ? words.join(' · ') : null;
}

function linkNotice(link: LinkStatus): PanelNotice | undefined {
  const text = linkText(link);
  if (text === undefined) return undefined;
  return { ...notice(text, linkAction(link)), busy: link.kind === 'starting' };
}

function linkAction(link: LinkStatus): PanelNotice['action'] | undefined {
  if (needsChoice(link)) return action('chooseConfiguration', vscode.l10n.t('Choose Configuration'));
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
