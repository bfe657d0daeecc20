import * as vscode from 'vscode';
import {
  checkName,
  type PriorityLevel,
  type Profile,
  priorityLevels,
  type Strategy,
  strategies,
} from '../../core/configuration.ts';
import type { ProfileFields } from '../../core/configurationEdits.ts';
import type { ChoiceStep, InputStep, TextStep } from '../multiStepInput.ts';
import { plainLabel } from '../plainLabel.ts';
import { levelTitle, nameProblemText, strategyDetail, strategyText } from '../words.ts';

/** What is asked for of a profile, as the input gives it: `level` is empty for none. */
export type EnteredProfile = Record<'name' | 'description' | 'strategy' | 'level', string>;

/** What the steps for a new profile begin with. */
export const newProfile: EnteredProfile = { name: '', description: '', strategy: 'weighted', level: '' };

/** What the steps for a profile begin with. */
export function enteredOf({ name, description, strategy, priority }: Profile): EnteredProfile {
  return { name, description, strategy, level: priority ?? '' };
}

/** What was entered, as an edit takes it. */
export function fieldsOf({ name, description, strategy, level }: EnteredProfile): ProfileFields {
  return {
    name,
    description,
    strategy: strategy as Strategy,
    priority: levelOf(level),
  };
}

/** A level as it was entered, or null for none. */
export const levelOf = (entered: string): PriorityLevel | null =>
  entered === '' ? null : (entered as PriorityLevel);

/**
 * Asks for the fields of a profile.
 *
 * @param others the profiles beside it
 * @param present the profile as it is, when it is not a new one
 */
export function profileSteps(
  others: readonly Profile[],
  present?: Profile,
): InputStep<keyof EnteredProfile>[] {
  return [
    profileNameStep(others, vscode.l10n.t('Name of the profile')),
    {
      kind: 'text',
      key: 'description',
      prompt: vscode.l10n.t('Description, may be empty'),
    },
    strategyStep(present),
    levelStep(others, present),
  ];
}

/** Asks for a name that none of the other profiles has. */
export function profileNameStep(others: readonly Profile[], prompt: string): TextStep<'name'> {
  const taken = others.map((other) => other.name);
  return {
    kind: 'text',
    key: 'name',
    prompt,
    placeholder: vscode.l10n.t('Work'),
    validate: (text) => {
      const problem = checkName(text, taken);
      return problem && nameProblemText(problem);
    },
  };
}

function strategyStep(present: Profile | undefined): ChoiceStep<'strategy'> {
  return {
    kind: 'choice',
    key: 'strategy',
    placeholder: vscode.l10n.t('How requests are spread over the endpoints'),
    choices: strategies.map((value) => ({
      value,
      label: strategyText(value),
      description: value === present?.strategy ? vscode.l10n.t('present choice') : '',
      detail: strategyDetail(value),
    })),
  };
}

/** Asks for a level. @param others the profiles beside `present`, the one that gets it */
export function levelStep(others: readonly Profile[], present: Profile | undefined): ChoiceStep<'level'> {
  const notesOf = (level: PriorityLevel | null): string => {
    if (present && present.priority === level) return vscode.l10n.t('present choice');
    const holder = level && others.find((other) => other.priority === level);
    return holder ? vscode.l10n.t('moves here from “{0}”', plainLabel(holder.name)) : '';
  };
  return {
    kind: 'choice',
    key: 'level',
    placeholder: vscode.l10n.t('Level: when no endpoint of one profile can serve, the next level does'),
    choices: [
      { value: '', label: vscode.l10n.t('None'), description: notesOf(null) },
      ...priorityLevels.map((level) => ({
        value: level,
        label: levelTitle(level),
        description: notesOf(level),
      })),
    ],
  };
}
