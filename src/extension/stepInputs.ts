import * as vscode from 'vscode';
import { insertedLength } from './insertedLength.ts';
import type { AnswerChanges, Answers, ChoiceStep, StepPlace, StepResult, TextStep } from './steps.ts';

/** So many characters at once were not typed. */
const pastedLength = 8;

/** Dresses an input alike for every step and disposes it once `listen` has called `finish` or `fail`. */
export async function showStep<
  K extends string,
  I extends vscode.QuickInput & { buttons: readonly vscode.QuickInputButton[] },
>(
  input: I,
  place: StepPlace,
  listen: (
    input: I,
    finish: (result: StepResult<K>) => void,
    fail: (error: unknown) => void,
  ) => vscode.Disposable[],
): Promise<StepResult<K>> {
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
    return await new Promise<StepResult<K>>((resolve, reject) => {
      subscriptions.push(
        ...listen(input, resolve, reject),
        input.onDidHide(() => resolve({ action: 'cancel' })),
      );
      input.show();
    });
  } finally {
    for (const subscription of subscriptions) subscription.dispose();
    input.dispose();
  }
}

/** Asks for a line of text. */
export function askText<K extends string>(
  step: TextStep<K>,
  place: StepPlace,
  before: Answers<K>,
): Promise<StepResult<K>> {
  return showStep<K, vscode.InputBox>(vscode.window.createInputBox(), place, (box, finish, fail) => {
    // Whoever went back without entering anything has left nothing to keep.
    const kept = (step.password && before[step.key]) || undefined;
    let changes = {} as AnswerChanges<K>;
    let seen = '';
    const answers = (): Answers<K> => merged(before, changes);
    const show = (text: string) => {
      box.value = text;
      seen = text;
    };
    const isKept = () => kept !== undefined && box.value.trim() === '';
    const validate = () => {
      box.validationMessage = isKept() ? undefined : step.validate?.(box.value, answers());
    };
    const takeApart = (text: string) => {
      const taken = step.takeApart?.(text, answers());
      if (!taken) return;
      changes = { ...changes, ...taken.answers };
      show(taken.text);
      if (taken.message) box.validationMessage = taken.message;
      else validate();
    };
    const result = (): AnswerChanges<K> => {
      const text = isKept() ? kept : box.value.trim();
      return { ...changes, [step.key]: text } as AnswerChanges<K>;
    };
    const actions = (step.actions ?? []).map((action) => ({
      iconPath: action.icon,
      tooltip: action.tooltip,
      action,
    }));
    box.prompt = typeof step.prompt === 'string' ? step.prompt : step.prompt(before);
    box.placeholder = step.placeholder;
    box.password = step.password ?? false;
    box.buttons = [...box.buttons, ...actions];
    show(step.password ? '' : (before[step.key] ?? step.suggest?.(before) ?? ''));
    // An empty box that nobody has typed into is not wrong yet.
    if (box.value !== '') validate();
    return [
      box.onDidChangeValue((text) => {
        // What was put into the box here is reported like what was typed.
        if (text === seen) return;
        const isPasted = insertedLength(seen, text) >= pastedLength;
        seen = text;
        validate();
        if (isPasted) takeApart(text);
      }),
      box.onDidAccept(() => {
        takeApart(box.value);
        validate();
        if (!box.validationMessage) finish({ action: 'next', answers: result() });
      }),
      box.onDidTriggerButton((button) => {
        const pressed = actions.find((each) => each === button);
        if (pressed) pressed.action.text().then(takeApart, fail);
        else finish({ action: 'back', answers: result() });
      }),
    ];
  });
}

/** Asks for a choice. */
export function askChoice<K extends string>(
  step: ChoiceStep<K>,
  place: StepPlace,
  before: Answers<K>,
): Promise<StepResult<K>> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { value: string }>();
  return showStep<K, typeof pick>(pick, place, (_, finish) => {
    pick.placeholder = step.placeholder;
    pick.items = step.choices;
    // To name no row would take the focus from the first one, and Enter would do nothing.
    const present = pick.items.filter((item) => item.value === before[step.key]);
    if (present.length > 0) pick.activeItems = present;
    return [
      pick.onDidAccept(() => {
        const [item] = pick.activeItems;
        if (item) finish({ action: 'next', answers: { [step.key]: item.value } as AnswerChanges<K> });
      }),
      pick.onDidTriggerButton(() => finish({ action: 'back' })),
    ];
  });
}

/** The answers with changes made to them. */
export function merged<K extends string>(before: Answers<K>, changes: AnswerChanges<K>): Answers<K> {
  const entries = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Answers<K>;
}
