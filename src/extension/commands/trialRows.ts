import * as vscode from 'vscode';
import type { TrialResult } from '../../protocol/control.ts';
import { plainLabel } from '../plainLabel.ts';
import { checkAdvice, checkHeadline, likelyWrong } from '../views/checkAdvice.ts';
import { firstByteText } from '../views/endpointWords.ts';

/** How far a check of entered values is, or what it came to. */
export type TrialFinding =
  | { readonly kind: 'running' }
  /** There is no proxy that could ask. */
  | { readonly kind: 'unreachable' }
  /** Null when this cannot be asked. */
  | { readonly kind: 'done'; readonly result: TrialResult | null };

/** What can be done about it: save, check again, or go back to the step that asks for address or key. */
export type TrialChoice = 'save' | 'saveDisabled' | 'again' | 'address' | 'key';

/** A row; without a choice it only tells something. */
export interface TrialRow extends vscode.QuickPickItem {
  readonly choice?: TrialChoice;
}

export interface TrialRowsOptions {
  /** Host and port. */
  readonly host: string;
  /** The name of an endpoint of the same profile that is reached in the same way. */
  readonly duplicate: string | undefined;
  /** Whether it may be saved switched off. */
  readonly canBeDisabled: boolean;
  /** Whether there is a step that asks for the address. */
  readonly asksAddress: boolean;
}

export interface TrialRows {
  readonly placeholder: string;
  readonly rows: readonly TrialRow[];
  /** The choice that is offered first. */
  readonly first: TrialChoice | undefined;
}

/** What the page shows: first what is known, then what can be done, the most sensible first. */
export function trialRows(finding: TrialFinding, options: TrialRowsOptions): TrialRows {
  const { duplicate } = options;
  const { rows, choices, placeholder } = knownRows(finding, options);
  const sameRow: TrialRow = {
    label: `$(info) ${vscode.l10n.t('Already in this profile: “{0}”', plainLabel(duplicate ?? ''))}`,
    detail: vscode.l10n.t('It has the same address and key.'),
  };
  return {
    placeholder,
    rows: [
      ...rows,
      ...(duplicate === undefined ? [] : [sameRow]),
      { label: '', kind: vscode.QuickPickItemKind.Separator },
      ...choices.map((choice) => ({ choice, label: choiceText(choice, finding, duplicate !== undefined) })),
    ],
    // While it runs nothing is to be decided by a key that was pressed too often.
    first: finding.kind === 'running' ? undefined : choices[0],
  };
}

interface Known {
  readonly placeholder: string;
  readonly rows: readonly TrialRow[];
  readonly choices: readonly TrialChoice[];
}

function knownRows(finding: TrialFinding, options: TrialRowsOptions): Known {
  const { host, canBeDisabled, asksAddress } = options;
  const unchecked: readonly TrialChoice[] = canBeDisabled ? ['save', 'saveDisabled'] : ['save'];
  switch (finding.kind) {
    case 'running': {
      const label = `$(loading~spin) ${vscode.l10n.t('Asking {0} for an answer…', host)}`;
      const detail = vscode.l10n.t('A short conversation with a model, which costs less than 50 tokens.');
      return known(vscode.l10n.t('Checking the endpoint'), { label, detail }, ['save']);
    }
    case 'unreachable': {
      const label = `$(debug-disconnect) ${vscode.l10n.t('Not checked: the proxy is not running')}`;
      const detail = vscode.l10n.t('To check or save the endpoint starts the proxy.');
      return known(vscode.l10n.t('Choose what to do'), { label, detail }, ['again', 'save']);
    }
    case 'done': {
      const { result } = finding;
      if (!result) {
        const label = `$(question) ${vscode.l10n.t('Cannot be checked')}`;
        const detail = vscode.l10n.t(
          'QCC cannot ask this endpoint at the moment, or does not speak its protocol.',
        );
        return known(vscode.l10n.t('Choose what to do'), { label, detail }, ['again', ...unchecked]);
      }
      const wrong = likelyWrong(result);
      const correct: readonly TrialChoice[] = asksAddress ? ['address', 'key'] : ['key'];
      const likely = correct.filter((choice) => choice === wrong);
      const others = correct.filter((choice) => choice !== wrong);
      return known(
        vscode.l10n.t('{0}. Choose what to do.', checkHeadline(result)),
        resultRow(result, host),
        isGoodEnough(result)
          ? ['save', ...(result.class === 'passed' ? [] : (['again', ...correct] as const))]
          : [...likely, 'again', ...others, ...unchecked],
      );
    }
  }
}

const known = (placeholder: string, row: TrialRow, choices: readonly TrialChoice[]): Known => ({
  placeholder,
  rows: [row],
  choices,
});

function resultRow(result: TrialResult, host: string): TrialRow {
  const { model, firstContentMs, durationMs, status } = result;
  // Without an answer, model and time say nothing.
  const answered =
    status === undefined ? [] : [plainLabel(model), firstByteText(firstContentMs ?? durationMs)];
  const facts = [host, ...answered];
  return {
    label: `$(${iconOf(result)}) ${checkHeadline(result)}`,
    description: facts.join(' · '),
    detail: checkAdvice(result),
  };
}

/** What proves nothing against it is no reason not to save. */
const isGoodEnough = (result: TrialResult): boolean =>
  result.class === 'passed' ||
  result.class === 'rateLimited' ||
  (result.class === 'refused' && likelyWrong(result) === undefined);

function iconOf(result: TrialResult): string {
  if (result.class === 'passed') return 'pass';
  return isGoodEnough(result) ? 'warning' : 'error';
}

function choiceText(choice: TrialChoice, finding: TrialFinding, isDuplicate: boolean): string {
  switch (choice) {
    case 'save': {
      if (finding.kind !== 'done' || !finding.result)
        return `$(save) ${vscode.l10n.t('Save Without Checking')}`;
      const isGood = isGoodEnough(finding.result) && !isDuplicate;
      return `$(save) ${isGood ? vscode.l10n.t('Save') : vscode.l10n.t('Save Anyway')}`;
    }
    case 'saveDisabled':
      return `$(circle-slash) ${vscode.l10n.t('Save Disabled')}`;
    case 'again':
      return finding.kind === 'unreachable'
        ? `$(debug-start) ${vscode.l10n.t('Start the Proxy and Check')}`
        : `$(refresh) ${vscode.l10n.t('Check Again')}`;
    case 'address':
      return `$(link) ${vscode.l10n.t('Correct the Address')}`;
    case 'key':
      return `$(key) ${vscode.l10n.t('Correct the Key')}`;
  }
}
