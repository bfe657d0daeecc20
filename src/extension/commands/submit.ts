import * as vscode from 'vscode';
import type { RevisionCause } from '../../core/configuration.ts';
import type { ConfigurationEdit } from '../../core/configurationEdits.ts';
import { plainMessage } from '../plainMessage.ts';
import { type EditOutcomeProblem, editProblemText } from '../words.ts';
import { readyToEdit } from './attachFirst.ts';
import type { CommandContext } from './commandContext.ts';

/** An edit that did not go through, by what can be done about it. */
type Remedy = 'send again' | 'correct' | 'choose' | 'none';

function remedyFor(problem: EditOutcomeProblem): Remedy {
  switch (problem) {
    case 'notAttached':
    case 'notStored':
      return 'send again';
    case 'emptyName':
    case 'longName':
    case 'duplicateName':
    case 'keyNeededForNewAddress':
    case 'changedMeanwhile':
    case 'replaced':
      return 'correct';
    case 'profileGone':
    case 'endpointGone':
    case 'nameTakenThere':
      return 'none';
    case 'otherStore':
      return 'choose';
  }
}

/**
 * Makes a change and, when that fails, says why and offers another try. A change that only did not arrive is sent
 * again as it is: applying it twice does no harm.
 *
 * @param subject the name of what is changed
 * @param correctable problems that are the input's in this case, in addition to the usual ones
 * @param cause what makes the change; an ordinary edit by default
 * @returns `correct` when the user wants to enter it again
 */
export async function submit(
  context: CommandContext,
  subject: string,
  edit: ConfigurationEdit,
  correctable: readonly EditOutcomeProblem[] = [],
  cause?: RevisionCause,
): Promise<'done' | 'correct' | 'abandoned'> {
  for (;;) {
    const outcome = await context.actions.edit(edit, cause);
    if (outcome.ok) return 'done';
    const remedy = correctable.includes(outcome.problem) ? 'correct' : remedyFor(outcome.problem);
    const message = editProblemText(outcome.problem, plainMessage(subject));
    if (remedy === 'none') {
      await vscode.window.showErrorMessage(message);
      return 'abandoned';
    }
    const again = remedy === 'choose' ? vscode.l10n.t('Choose…') : vscode.l10n.t('Try Again');
    if ((await vscode.window.showErrorMessage(message, again)) !== again) return 'abandoned';
    if (remedy === 'correct') return 'correct';
    if (remedy === 'choose') {
      // Another configuration may be chosen than the one that this was meant for: what was entered is shown again.
      await readyToEdit(context);
      return 'correct';
    }
    // If this fails, the edit fails too, and its message offers the next try: the input is kept until given up.
    await readyToEdit(context);
  }
}

/** How a change is entered and made. */
export interface Form<V> {
  /** Asks for the values; gets those of the last try. Undefined cancels. */
  ask(entered: V | undefined): Promise<V | undefined>;
  /** The name of what is changed. */
  subject(values: V): string;
  edit(values: V): ConfigurationEdit;
  readonly correctable?: readonly EditOutcomeProblem[];
}

/**
 * Asks, makes the change, and asks again with the same values when they have to be corrected.
 *
 * @returns the values that were accepted, or undefined when the user gave up
 */
export async function enterAndSubmit<V>(context: CommandContext, form: Form<V>): Promise<V | undefined> {
  let entered: V | undefined;
  for (;;) {
    const values = await form.ask(entered);
    if (values === undefined) return undefined;
    const result = await submit(context, form.subject(values), form.edit(values), form.correctable);
    if (result === 'done') return values;
    if (result === 'abandoned') return undefined;
    entered = values;
  }
}
