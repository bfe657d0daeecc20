import * as vscode from 'vscode';
import { hostOf } from '../../core/baseUrl.ts';
import type { Endpoint } from '../../core/configuration.ts';
import type { TrialParams } from '../../protocol/control.ts';
import { plainLabel } from '../plainLabel.ts';
import { showStep } from '../stepInputs.ts';
import type { AnswerChanges, Answers, PageStep, StepPlace, StepResult } from '../steps.ts';
import type { CommandContext } from './commandContext.ts';
import { type TrialChoice, type TrialFinding, trialRows } from './trialRows.ts';

/** What the user decided on after the check. */
export type TrialDecision = 'save' | 'saveDisabled';

/** What a check of entered values needs to know. */
export interface TrialSubject<K extends string> {
  /** What to try. */
  params(answers: Answers<K>): TrialParams;
  /** An endpoint beside it that is reached in the same way. */
  duplicateOf(answers: Answers<K>): Endpoint | undefined;
  /** The steps that ask for address and key, as far as there are such. */
  readonly steps: { readonly address?: K; readonly key: K };
  /** Whether it may be saved switched off. */
  readonly canBeDisabled: boolean;
}

/**
 * Checks what was entered, with a real conversation, before it is saved, and shows what came of it with what can be done.
 * Its answer is a `TrialDecision`. Going back, or leaving, ends the conversation.
 */
export function trialStep<K extends string>(
  context: CommandContext,
  key: K,
  subject: TrialSubject<K>,
): PageStep<K> {
  return { kind: 'page', key, show: (place, answers) => showTrial(context, key, subject, place, answers) };
}

async function showTrial<K extends string>(
  { model, requests, actions }: CommandContext,
  key: K,
  subject: TrialSubject<K>,
  place: StepPlace,
  answers: Answers<K>,
): Promise<StepResult<K>> {
  const { steps, canBeDisabled } = subject;
  const params = subject.params(answers);
  const host = plainLabel(hostOf(params.baseUrl));
  const duplicate = subject.duplicateOf(answers)?.name;
  const over = new AbortController();
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { choice?: TrialChoice }>();
  const show = (finding: TrialFinding) => {
    const { placeholder, rows, first } = trialRows(finding, {
      host,
      duplicate,
      canBeDisabled,
      asksAddress: steps.address !== undefined,
    });
    pick.busy = finding.kind === 'running';
    pick.placeholder = placeholder;
    pick.items = rows;
    const active = rows.find(({ choice }) => choice === first);
    if (active) pick.activeItems = [active];
  };
  const find = async (mayStart: boolean): Promise<TrialFinding> => {
    const { kind } = model.value.link;
    // One that somebody stopped meanwhile is not started by the way.
    const canAsk = kind === 'attached' || ((mayStart || kind === 'starting') && (await actions.attach()));
    if (!canAsk) return { kind: 'unreachable' };
    const result = await requests.tryEndpoint(params, over.signal);
    return result === undefined ? { kind: 'unreachable' } : { kind: 'done', result };
  };
  try {
    return await showStep<K, typeof pick>(pick, place, (_, finish, fail) => {
      const check = (mayStart: boolean) => {
        show({ kind: 'running' });
        find(mayStart).then((finding) => {
          if (!over.signal.aborted) show(finding);
        }, fail);
      };
      const decided = (decision: TrialDecision) =>
        finish({ action: 'next', answers: { [key]: decision } as AnswerChanges<K> });
      check(false);
      return [
        pick.onDidAccept(() => {
          const choice = pick.activeItems[0]?.choice;
          switch (choice) {
            case 'save':
            case 'saveDisabled':
              return decided(choice);
            case 'again':
              return check(true);
            case 'address':
              return finish({ action: 'goTo', key: steps.address ?? steps.key });
            case 'key':
              return finish({ action: 'goTo', key: steps.key });
            case undefined:
              return;
          }
        }),
        pick.onDidTriggerButton(() => finish({ action: 'back' })),
      ];
    });
  } finally {
    over.abort();
  }
}
