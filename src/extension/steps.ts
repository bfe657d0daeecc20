import type * as vscode from 'vscode';

/*
 * What the steps of an input are made of. `askInSteps` goes through them.
 */

interface Step<K extends string> {
  /** The value's name. */
  readonly key: K;
  readonly placeholder?: string;
}

/** A step that asks for a line of text. */
export interface TextStep<K extends string> extends Step<K> {
  readonly kind: 'text';
  /** Says what to enter; may tell of earlier answers. */
  readonly prompt: string | ((answers: Answers<K>) => string);
  /**
   * Hides what is typed. What was entered before is not put into the box again, not even as dots: an empty box stands
   * for it then, and the prompt has to say so.
   */
  readonly password?: boolean;
  /** What stands in an untouched box; may build on earlier answers. */
  suggest?(answers: Answers<K>): string;
  /** Says what is wrong with a text, or undefined. Called while typing, with the text as it is. */
  validate?(text: string, answers: Answers<K>): string | undefined;
  /** Takes a text apart that holds more than this step asks for. Called for what was pasted, and before going on. */
  takeApart?(text: string, answers: Answers<K>): TakenApart<K>;
  /** Buttons beside the title. */
  readonly actions?: readonly StepAction[];
}

/** What a text comes to. */
export interface TakenApart<K extends string> {
  /** What the box is to hold: the text itself, unless it has to go out of sight. */
  readonly text: string;
  /** Answers of other steps that were in it; undefined takes one back. */
  readonly answers?: AnswerChanges<K>;
  /** Tells what was done with it, or what is wrong. */
  readonly message?: vscode.InputBoxValidationMessage;
}

/** A button that brings text into the box, which is taken apart like a pasted one. */
export interface StepAction {
  readonly icon: vscode.ThemeIcon;
  readonly tooltip: string;
  text(): PromiseLike<string>;
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

/** A step with an input of its own. */
export interface PageStep<K extends string> extends Step<K> {
  readonly kind: 'page';
  show(place: StepPlace, answers: Answers<K>): Promise<StepResult<K>>;
}

export type InputStep<K extends string> = TextStep<K> | ChoiceStep<K> | PageStep<K>;

/** What was entered so far. */
export type Answers<K extends string> = Readonly<Partial<Record<K, string>>>;

/** Answers to add, to replace, and, where undefined, to take back. */
export type AnswerChanges<K extends string> = Readonly<Partial<Record<K, string | undefined>>>;

/** Where a step stands in the whole input. */
export interface StepPlace {
  readonly title: string;
  /** From 1. */
  readonly number: number;
  readonly total: number;
}

/** How a step ended. */
export type StepResult<K extends string> =
  | { readonly action: 'next' | 'back'; readonly answers?: AnswerChanges<K> }
  /** To the step that asks for `key`. */
  | { readonly action: 'goTo'; readonly key: K }
  | { readonly action: 'cancel' };
