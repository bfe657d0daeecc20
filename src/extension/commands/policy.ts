import * as vscode from 'vscode';
import type { FailoverPolicy } from '../../core/configuration.ts';
import { setPolicy } from '../../core/configurationEdits.ts';
import { askInSteps, type ChoiceStep, type InputStep } from '../multiStepInput.ts';
import { readyToEdit } from './attachFirst.ts';
import type { CommandContext } from './commandContext.ts';
import { numberStep } from './numberStep.ts';
import { enterAndSubmit } from './submit.ts';

type Entered = Record<keyof FailoverPolicy, string>;

/** Asks when the proxy leaves a failing profile and when it comes back. */
export async function editPolicy(context: CommandContext): Promise<void> {
  if (!(await readyToEdit(context))) return;
  const title = vscode.l10n.t('Failover Policy');
  const present = enteredOf(context.model.value.configuration.policy);
  await enterAndSubmit<Entered>(context, {
    ask: (entered = present) => askInSteps(title, policySteps(present), entered),
    subject: () => title,
    edit: (entered) => setPolicy(policyOf(entered)),
  });
}

function enteredOf(policy: FailoverPolicy): Entered {
  return {
    autoFailover: policy.autoFailover ? 'on' : 'off',
    autoRecovery: policy.autoRecovery ? 'on' : 'off',
    failureThreshold: String(policy.failureThreshold),
    cooldownSeconds: String(policy.cooldownSeconds),
  };
}

function policyOf(entered: Entered): FailoverPolicy {
  return {
    autoFailover: entered.autoFailover === 'on',
    autoRecovery: entered.autoRecovery === 'on',
    failureThreshold: Number(entered.failureThreshold),
    cooldownSeconds: Number(entered.cooldownSeconds),
  };
}

/** The limits are those of the schema that the document is checked by. */
function policySteps(present: Entered): InputStep<keyof FailoverPolicy>[] {
  return [
    switchStep('autoFailover', present, {
      placeholder: vscode.l10n.t('When no endpoint of the active profile can serve'),
      on: vscode.l10n.t('the profile of the next level serves, within the same request'),
      off: vscode.l10n.t('requests wait or fail'),
    }),
    switchStep('autoRecovery', present, {
      placeholder: vscode.l10n.t('When a profile that failed passes its checks'),
      on: vscode.l10n.t('it serves again, one level after the other'),
      off: vscode.l10n.t('you switch back by hand'),
    }),
    numberStep('failureThreshold', {
      prompt: vscode.l10n.t(
        'Requests in a row that the profile failed before another one serves first, 1–100',
      ),
      min: 1,
      max: 100,
    }),
    numberStep('cooldownSeconds', {
      prompt: vscode.l10n.t('Seconds from one switch to the next step back, 0–86400'),
      min: 0,
      max: 86_400,
    }),
  ];
}

function switchStep<K extends keyof FailoverPolicy>(
  key: K,
  present: Entered,
  words: Record<'placeholder' | 'on' | 'off', string>,
): ChoiceStep<K> {
  const choice = (value: 'on' | 'off', label: string) => ({
    value,
    label,
    description: value === present[key] ? vscode.l10n.t('present choice') : '',
    detail: words[value],
  });
  return {
    kind: 'choice',
    key,
    placeholder: words.placeholder,
    choices: [choice('on', vscode.l10n.t('On')), choice('off', vscode.l10n.t('Off'))],
  };
}
