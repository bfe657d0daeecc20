import * as vscode from 'vscode';
import type { CheckClass, CheckRecord } from '../../core/healthCheck.ts';
import type { Quota } from '../../core/quota.ts';
import { figuresIn } from '../figures.ts';
import { failureText } from './failureText.ts';

/*
 * What is said of checks and of limits: tree, tables and status say the same.
 */

/** How a check ended, in a word or two. */
export function checkClassText(checkClass: CheckClass): string {
  switch (checkClass) {
    case 'passed':
      return vscode.l10n.t('Passed');
    case 'wrongAnswer':
      return vscode.l10n.t('Wrong answer');
    case 'failed':
      return vscode.l10n.t('Failed');
    case 'timeout':
      return vscode.l10n.t('No answer in time');
    case 'rateLimited':
      return vscode.l10n.t('Rate-limited');
    case 'badKey':
      return vscode.l10n.t('Key refused');
    case 'refused':
      return vscode.l10n.t('Cannot be checked');
  }
}

/** How a check ended: that, its score where it proves something, and when. */
export function checkText(check: CheckRecord): string {
  return [
    checkClassText(check.class),
    ...(check.score === null ? [] : [scoreText(check.score)]),
    figuresIn(vscode.env.language).time(check.at),
  ].join(' · ');
}

/** What a check is worth. */
export const scoreText = (score: number): string => vscode.l10n.t('score {0}', Math.round(score));

/** Why a check did not pass, as far as the answer says; empty for one that passed. */
export function checkCause({ failure, status, at }: Pick<CheckRecord, 'failure' | 'status' | 'at'>): string {
  if (failure === undefined) return '';
  return failureText({ code: failure, at, ...(status === undefined ? {} : { status }) });
}

/** What a limit of a key is on; names that nobody has explained are told as they are. */
export function quotaTitle({ name }: Quota): string {
  switch (name) {
    case 'requests':
      return vscode.l10n.t('Limit on requests');
    case 'tokens':
      return vscode.l10n.t('Limit on tokens');
    case 'input-tokens':
      return vscode.l10n.t('Limit on input tokens');
    case 'output-tokens':
      return vscode.l10n.t('Limit on output tokens');
    case 'unified-5h':
      return vscode.l10n.t('Limit for 5 hours');
    case 'unified-7d':
      return vscode.l10n.t('Limit for 7 days');
    default:
      return vscode.l10n.t('Limit {0}', name);
  }
}

/** What is left of a limit of a key, and when it is full again. */
export function quotaText({ limit, remaining, usedShare, resetsAt }: Quota): string {
  const figures = figuresIn(vscode.env.language);
  // Where nothing is said of what remains, the share that is used is told.
  const left =
    remaining === null
      ? vscode.l10n.t('{0} used', figures.percent(usedShare ?? 0))
      : limit === null
        ? vscode.l10n.t('{0} left', figures.count(remaining))
        : vscode.l10n.t('{0} of {1} left', figures.count(remaining), figures.count(limit));
  return resetsAt === null ? left : vscode.l10n.t('{0}, full again {1}', left, figures.time(resetsAt));
}
