import type * as vscode from 'vscode';
import { setAsideKeys } from './documentStores.ts';

/** Under these names the window remembers what the user was told and has answered. */
const answerKeys = ['terminals.announced'];

/** What the editor's stores can be made to forget, apart from the configuration itself and its history. */
export interface Forgetting {
  /** What was told once is told again. */
  answers(): Promise<void>;
  /** What was stored by a version that this one does not understand, its keys included. */
  setAside(): Promise<void>;
}

/** Forgets in the editor's stores. */
export function createForgetting({
  globalState,
  secrets,
}: Pick<vscode.ExtensionContext, 'globalState' | 'secrets'>): Forgetting {
  return {
    answers: async () => {
      for (const key of answerKeys) await globalState.update(key, undefined);
    },
    setAside: async () => {
      await secrets.delete(setAsideKeys.secrets);
      await globalState.update(setAsideKeys.document, undefined);
    },
  };
}
