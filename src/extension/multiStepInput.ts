import { askChoice, askText, merged } from './stepInputs.ts';
import type { AnswerChanges, Answers, InputStep, StepPlace, StepResult } from './steps.ts';

export type { Answers, ChoiceStep, InputStep, PageStep, TextStep } from './steps.ts';

/**
 * Asks for several values, one after the other, with a way back that keeps what was entered.
 *
 * @param title of the whole input
 * @param entered what the boxes hold at first, such as present values or those of a try that failed
 * @returns the answers, texts without outer spaces, or undefined when the user cancelled
 */
export async function askInSteps<K extends string>(
  title: string,
  steps: readonly InputStep<K>[],
  entered?: Answers<K>,
): Promise<Record<K, string> | undefined> {
  let answers = { ...entered } as Answers<K>;
  let index = 0;
  for (let step = steps[index]; step !== undefined; step = steps[index]) {
    const result = await ask(step, { title, number: index + 1, total: steps.length }, answers);
    if (result.action === 'cancel') return undefined;
    if (result.action === 'goTo') {
      index = steps.findIndex(({ key }) => key === result.key);
      continue;
    }
    if (result.answers) answers = changed(steps, answers, result.answers);
    index += result.action === 'next' ? 1 : -1;
  }
  return answers as Record<K, string>;
}

function ask<K extends string>(
  step: InputStep<K>,
  place: StepPlace,
  answers: Answers<K>,
): Promise<StepResult<K>> {
  switch (step.kind) {
    case 'text':
      return askText(step, place, answers);
    case 'choice':
      return askChoice(step, place, answers);
    case 'page':
      return step.show(place, answers);
  }
}

/** The answers with what a step has changed. A suggestion that nobody touched goes when what it was built on changes. */
function changed<K extends string>(
  steps: readonly InputStep<K>[],
  before: Answers<K>,
  changes: AnswerChanges<K>,
): Answers<K> {
  const after = merged(before, changes);
  const outdated = steps.filter((step) => {
    if (step.kind !== 'text' || !step.suggest || after[step.key] === undefined) return false;
    return after[step.key] === step.suggest(before) && after[step.key] !== step.suggest(after);
  });
  return merged(after, Object.fromEntries(outdated.map(({ key }) => [key, undefined])) as AnswerChanges<K>);
}
