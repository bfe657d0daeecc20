import * as vscode from 'vscode';
import type { ModelClass } from '../../core/failure.ts';
import type { QuarantineState } from '../../protocol/state.ts';
import { timeLeftText } from '../words.ts';
import type { EndpointCondition } from './endpointCondition.ts';
import type { EndpointRow, WaitingRow } from './endpointRows.ts';
import { failureText } from './failureText.ts';

/*
 * What is said of an endpoint: how it stands, why, and what comes next. Tree, status bar and panel say the same.
 */

/** How an endpoint stands, in a word or two. */
export function conditionText(condition: EndpointCondition): string {
  switch (condition) {
    case 'disabled':
      return vscode.l10n.t('Disabled');
    case 'noKey':
      return vscode.l10n.t('No key');
    case 'quarantined':
      return vscode.l10n.t('Quarantined');
    case 'open':
      return vscode.l10n.t('Suspended');
    case 'trial':
      return vscode.l10n.t('Being tried');
    case 'failing':
      return vscode.l10n.t('Failing');
    case 'coolingDown':
      return vscode.l10n.t('Cooling down');
    case 'limited':
      return vscode.l10n.t('Limited lately');
    case 'inFlight':
    case 'ok':
      return vscode.l10n.t('Working');
    case 'ready':
      return vscode.l10n.t('Ready');
    case 'unknown':
      return vscode.l10n.t('Not used yet');
  }
}

/** Why an endpoint is taken out. */
export function quarantineText({ reason, status }: Pick<QuarantineState, 'reason' | 'status'>): string {
  switch (reason) {
    case 'keyRefused':
      return vscode.l10n.t('Key refused (status {0})', status ?? 401);
    case 'keySpent':
      return status === undefined
        ? vscode.l10n.t('Key has no credit left')
        : vscode.l10n.t('Key has no credit left (status {0})', status);
    case 'misconfigured':
      return status === undefined
        ? vscode.l10n.t('Address redirects elsewhere')
        : vscode.l10n.t('Redirected elsewhere (status {0})', status);
    case 'wrongAnswer':
      return vscode.l10n.t('Answers something else than it is asked');
    case 'failing':
      return vscode.l10n.t('Kept failing');
  }
}

/** What is wrong with an endpoint, or undefined when nothing is or nobody knows what. */
export function causeText(row: EndpointRow): string | undefined {
  const { condition, quarantine, state } = row;
  switch (condition) {
    case 'disabled':
      return row.isProfileOff ? vscode.l10n.t('Profile disabled') : conditionText(condition);
    case 'noKey':
      return conditionText(condition);
    case 'quarantined':
      return quarantine ? quarantineText(quarantine) : undefined;
    case 'open':
    case 'trial':
    case 'failing':
    case 'coolingDown':
    case 'limited':
      return state?.failure ? failureText(state.failure) : undefined;
    case 'inFlight':
    case 'ok':
    case 'ready':
    case 'unknown':
      return undefined;
  }
}

/** What comes next for an endpoint that is kept from serving, with the time left. */
export function outlookTexts(row: EndpointRow): string[] {
  const { condition, quarantine, nextTry } = row;
  if (condition === 'quarantined' && quarantine?.byCheck) {
    const next = nextTry ? vscode.l10n.t('next check in {0}', timeLeftText(nextTry)) : undefined;
    return [...(next === undefined ? [] : [next]), ...coolDownTexts(row)];
  }
  const isOut = condition === 'open' || condition === 'quarantined';
  return [...(isOut ? [vscode.l10n.t('next try {0}', nextTryTime(row))] : []), ...coolDownTexts(row)];
}

/** What keeps an endpoint from serving although it needs nobody, and for how long; the shortest words for it. */
export function pauseTexts(row: EndpointRow): string[] {
  const { condition, nextTry, quarantine } = row;
  if (condition === 'coolingDown') return coolDownTexts(row);
  const word = conditionText(condition);
  if (condition === 'trial') return [word, ...coolDownTexts(row)];
  if (nextTry === null || quarantine?.byCheck) return [word, ...outlookTexts(row)];
  return [vscode.l10n.t('{0}, {1} left', word, timeLeftText(nextTry)), ...coolDownTexts(row)];
}

function coolDownTexts(row: EndpointRow): string[] {
  return row.coolDowns.length > 0 ? [vscode.l10n.t('cooling down: {0}', coolDownsText(row))] : [];
}

/** When an endpoint that is taken out is tried again. */
export function nextTryTime({ nextTry }: EndpointRow): string {
  return nextTry ? vscode.l10n.t('in {0}', timeLeftText(nextTry)) : vscode.l10n.t('with the next request');
}

/** The kinds of models that an endpoint takes no requests for, with the time left for each. */
export function coolDownsText({ coolDowns }: EndpointRow): string {
  return listText(coolDowns.map(({ models, left }) => `${modelsText(models)} ${timeLeftText(left)}`));
}

/** The models that an endpoint turned out not to serve, with the time until they are asked for again. */
export function refusedModelsText({ refusedModels }: EndpointRow): string {
  return listText(refusedModels.map(({ model, left }) => `${model} ${timeLeftText(left)}`));
}

/** How long an endpoint took to its first byte. */
export const firstByteText = (ms: number): string => vscode.l10n.t('{0} ms', Math.round(ms));

/** How many requests wait, and for how long, as a sentence. */
export function waitingText({ count, left }: WaitingRow): string {
  return left
    ? vscode.l10n.t(
        'Requests waiting for an endpoint: {0}. The next try is in {1}.',
        count,
        timeLeftText(left),
      )
    : vscode.l10n.t('Requests waiting for an endpoint: {0}.', count);
}

function modelsText(models: ModelClass): string {
  switch (models) {
    case 'opus':
      return 'Opus';
    case 'sonnet':
      return 'Sonnet';
    case 'haiku':
      return 'Haiku';
    case 'other':
      return vscode.l10n.t('other models');
  }
}

const listText = (items: readonly string[]): string =>
  items.length === 0 ? '' : items.reduce((list, item) => vscode.l10n.t('{0}, {1}', list, item));
