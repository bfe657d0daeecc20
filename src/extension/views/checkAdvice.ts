import * as vscode from 'vscode';
import type { CheckRecord } from '../../core/healthCheck.ts';
import { checkCause, checkClassText } from './checkWords.ts';

/** What of a check says how it ended. */
export type CheckEnd = Pick<CheckRecord, 'class' | 'failure' | 'status' | 'at'>;

/** How a check ended, and why as far as is known, in a few words. */
export const checkHeadline = (check: CheckEnd): string =>
  check.class === 'failed' || check.class === 'badKey'
    ? checkCause(check) || checkClassText(check.class)
    : checkClassText(check.class);

/** What somebody has entered that is most likely to be wrong; undefined when it may all be right. */
export function likelyWrong(check: CheckEnd): 'address' | 'key' | undefined {
  if (check.class === 'badKey') return 'key';
  // Whoever serves the route may say so for a model; nobody was found who serves one then.
  if (check.class === 'refused') return check.status === 404 || check.status === 405 ? 'address' : undefined;
  if (check.class !== 'failed') return undefined;
  switch (check.failure) {
    case 'dnsFailed':
    case 'connectRefused':
    case 'connectTimeout':
    case 'tlsFailed':
    case 'htmlAnswer':
    case 'badResponse':
    case 'emptyAnswer':
    case 'redirected':
      return 'address';
    default:
      return undefined;
  }
}

/** What a result means for somebody who has to do something about it. */
export function checkAdvice(check: CheckEnd): string {
  switch (check.class) {
    case 'passed':
      return vscode.l10n.t('The model repeated a random code, as it was asked to.');
    case 'wrongAnswer':
      return vscode.l10n.t(
        'The endpoint answered as if all was well, but the model did not repeat the random code that it was asked for.',
      );
    case 'rateLimited':
      return vscode.l10n.t('The endpoint limits requests at the moment. This proves nothing about it.');
    case 'badKey':
      return vscode.l10n.t('The endpoint does not take this key, or no money is left on it.');
    case 'timeout':
      return vscode.l10n.t('The endpoint took too long. It may be overloaded; try again later.');
    case 'refused':
      return likelyWrong(check)
        ? vscode.l10n.t('There is no Messages API at this address, or it has none of the usual models.')
        : vscode.l10n.t(
            'The endpoint refuses checks or cut the answer short, as some do. This proves nothing about the requests of Claude Code.',
          );
    case 'failed':
      return failureAdvice(check);
  }
}

function failureAdvice({ failure }: CheckEnd): string {
  switch (failure) {
    case 'dnsFailed':
      return vscode.l10n.t('There is no such host. See whether the address is spelled right.');
    case 'connectRefused':
    case 'connectTimeout':
      return vscode.l10n.t('Nobody answers there. See whether the address is right and the network works.');
    case 'tlsFailed':
      return vscode.l10n.t(
        'The certificate is not trusted, so the key was not sent. See whether the address is right.',
      );
    case 'htmlAnswer':
    case 'badResponse':
    case 'emptyAnswer':
    case 'redirected':
      return vscode.l10n.t('What answers there is not the Messages API. See whether the address is right.');
    default:
      return vscode.l10n.t('The endpoint has trouble at the moment. Try again later.');
  }
}
