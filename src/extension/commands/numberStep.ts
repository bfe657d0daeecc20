import * as vscode from 'vscode';
import type { TextStep } from '../multiStepInput.ts';

/** What is asked for a number: its limits are part of it. */
export interface NumberQuestion {
  readonly prompt: string;
  readonly min: number;
  readonly max: number;
}

/** Asks for a whole number. */
export function numberStep<K extends string>(key: K, { prompt, min, max }: NumberQuestion): TextStep<K> {
  return {
    kind: 'text',
    key,
    prompt,
    validate: (text) =>
      /^\d{1,9}$/.test(text.trim()) && Number(text) >= min && Number(text) <= max
        ? undefined
        : vscode.l10n.t('Enter a whole number from {0} to {1}.', min, max),
  };
}
