import * as vscode from 'vscode';

interface Step<K extends string> {
  /** The value's name. */
  readonly key: K;
  readonly placeholder?: string;
}

/** A step that asks for a line of text. */
export interface TextStep<K extends string> extends Step<K> {
  readonly kind: 'text';
  readonly prompt: string;
  /** Hides what is typed. */
  readonly password?: boolean;
  /** What stands in an untouched box; may build on earlier answers. */
  suggest?(answers: Answers<K>): string;
  /** Says what is wrong with a text, or undefined. Called while typing, with the text as it is. */
  validate?(text: string, answers: Answers<K>): string | undefined;
}

/** A step that asks for a choice. */
export interface ChoiceStep<K extends string> extends Step<K> {
  readonly kind: 'choice';
  readonly choices: readonly {
    readonly label: string;
    readonly description?: string;
    /** A line of its own. */
    readonly detail?: string;
    readonly value: string;
  }[];
}

export type InputStep<K extends string> = TextStep<K> | ChoiceStep<K>;

/** What was entered so far. */
export type Answers<K extends string> = Readonly<Partial<Record<K, string>>>;

type StepResult = { readonly action: 'next' | 'back'; readonly text: string } | { readonly action: 'cancel' };

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
  const answers: Partial<Record<K, string>> = { ...entered };
  let index = 0;
  for (let step = steps[index]; step !== undefined; step = steps[index]) {
    const place = { title, number: index + 1, total: steps.length };
    const result =
      step.kind === 'text' ? await askText(step, place, answers) : await askChoice(step, place, answers);
    if (result.action === 'cancel') return undefined;
    const isSuggestion = step.kind === 'text' && result.text === step.suggest?.(answers);
    // On the way back an untouched suggestion is dropped, since what it was built on may change.
    if (result.action === 'back' && isSuggestion) delete answers[step.key];
    else answers[step.key] = result.text;
    index += result.action === 'next' ? 1 : -1;
  }
  return answers as Record<K, string>;
}

interface Place {
  readonly title: string;
  readonly number: number;
  readonly total: number;
}

/** Dresses an input alike for every step and disposes it once `listen` has called `finish`. */
async function show<I extends vscode.QuickInput & { buttons: readonly vscode.QuickInputButton[] }>(
  input: I,
  place: Place,
  listen: (input: I, finish: (result: StepResult) => void) => vscode.Disposable[],
): Promise<StepResult> {
  input.title = place.title;
  // Keys are copied from other windows; losing the focus there must not lose the input.
  input.ignoreFocusOut = true;
  if (place.total > 1) {
    input.step = place.number;
    input.totalSteps = place.total;
  }
  if (place.number > 1) input.buttons = [vscode.QuickInputButtons.Back];
  const subscriptions: vscode.Disposable[] = [];
  try {
    return await new Promise<StepResult>((resolve) => {
      subscriptions.push(
        ...listen(input, resolve),
        input.onDidHide(() => resolve({ action: 'cancel' })),
      );
      input.show();
    });
  } finally {
    for (const subscription of subscriptions) subscription.dispose();
    input.dispose();
  }
}

function askText<K extends string>(
  step: TextStep<K>,
  place: Place,
  answers: Answers<K>,
): Promise<StepResult> {
  return show(vscode.window.createInputBox(), place, (box, finish) => {
    const validate = () => {
      box.validationMessage = step.validate?.(box.value, answers);
    };
    box.prompt = step.prompt;
    box.placeholder = step.placeholder;
    box.password = step.password ?? false;
    box.value = answers[step.key] ?? step.suggest?.(answers) ?? '';
    // An empty box that nobody has typed into is not wrong yet.
    if (box.value !== '') validate();
    return [
      box.onDidChangeValue(validate),
      box.onDidAccept(() => {
        validate();
        if (!box.validationMessage) finish({ action: 'next', text: box.value.trim() });
      }),
      box.onDidTriggerButton(() => finish({ action: 'back', text: box.value.trim() })),
    ];
  });
}

function askChoice<K extends string>(
  step: ChoiceStep<K>,
  place: Place,
  answers: Answers<K>,
): Promise<StepResult> {
  return show(
    vscode.window.createQuickPick<vscode.QuickPickItem & { value: string }>(),
    place,
    (pick, finish) => {
      pick.placeholder = step.placeholder;
      pick.items = step.choices;
      // To name no row would take the focus from the first one, and Enter would do nothing.
      const present = pick.items.filter((item) => item.value === answers[step.key]);
      if (present.length > 0) pick.activeItems = present;
      return [
        pick.onDidAccept(() => {
          const [item] = pick.activeItems;
          if (item) finish({ action: 'next', text: item.value });
        }),
        pick.onDidTriggerButton(() => finish({ action: 'back', text: answers[step.key] ?? '' })),
      ];
    },
  );
}
