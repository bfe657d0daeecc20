import * as vscode from 'vscode';
import type { ConfigurationDocument } from '../core/configuration.ts';
import type { DocumentStore } from './proxyLink/documentMirror.ts';
import { joinDocument, splitDocument, storageVerdict } from './storedDocument.ts';

const documentKey = 'qcc.document';
const secretsKey = 'qcc.secrets';
/** Where goes what this version does not understand, so that a newer one, or a person, finds it again. */
export const setAsideKeys = { document: 'qcc.document.setAside', secrets: 'qcc.secrets.setAside' };

/** What can go wrong with the stores. */
type StoreProblem =
  /** The stored profiles are not ones that this version understands; they were set aside. */
  | 'unreadable'
  /** The profiles are there, but the secret storage does not hand out their keys. */
  | 'keysMissing'
  /** A change could not be stored. */
  | 'notStored'
  /** What is stored was changed apart from what was to be stored, by a window on another host for example. */
  | 'changedElsewhere';

/** Keeps the document in the editor's stores: profiles in `globalState`, keys in `SecretStorage`. */
export function openDocumentStore(
  { globalState, secrets }: Pick<vscode.ExtensionContext, 'globalState' | 'secrets'>,
  output: vscode.LogOutputChannel,
): DocumentStore {
  return createStore(globalState, secrets, (problem) => {
    output.error(`stores: ${problem}`);
    const message = problemText(problem);
    if (message !== undefined) void vscode.window.showWarningMessage(message);
  });
}

/** What the user has to know. A change that could not be stored is told by whoever made it. */
function problemText(problem: StoreProblem): string | undefined {
  switch (problem) {
    case 'unreadable':
      return vscode.l10n.t(
        'QCC does not understand the profiles that are stored here, perhaps those of a newer version. They were set aside; install that version again or add the profiles anew.',
      );
    case 'keysMissing':
      return vscode.l10n.t(
        'QCC did not get the keys of its endpoints from the secret storage. Unlock it and reload the window, or enter the keys again.',
      );
    case 'changedElsewhere':
      return vscode.l10n.t(
        'The profiles were also changed from a window on another host. The change made here is in effect but was not stored. Reload the window once the other one is closed.',
      );
    case 'notStored':
      return undefined;
  }
}

/** @param report is told what did not work */
function createStore(
  state: vscode.Memento,
  secrets: vscode.SecretStorage,
  report: (problem: StoreProblem) => void,
): DocumentStore {
  /** A keyring that is locked or broken shows as an error or as nothing. */
  const readSecrets = async (): Promise<string | undefined> => {
    try {
      return await secrets.get(secretsKey);
    } catch {
      return undefined;
    }
  };
  const setAside = async (stored: unknown, secretText: string | undefined): Promise<void> => {
    // The first copy is the one that somebody misses.
    if (state.get(setAsideKeys.document) !== undefined) return;
    try {
      await state.update(setAsideKeys.document, stored);
      if (secretText !== undefined) await secrets.store(setAsideKeys.secrets, secretText);
    } catch {
      report('notStored');
    }
  };
  return {
    async load(): Promise<ConfigurationDocument | null> {
      const stored = state.get<unknown>(documentKey);
      if (stored === undefined) return null;
      const secretText = await readSecrets();
      const document = joinDocument(stored, secretText);
      if (!document) {
        await setAside(stored, secretText);
        report('unreadable');
        return null;
      }
      const hasEndpoints = document.configuration.profiles.some(({ endpoints }) => endpoints.length > 0);
      if (secretText === undefined && hasEndpoints) report('keysMissing');
      return document;
    },
    async save(document: ConfigurationDocument): Promise<void> {
      const earlierText = await readSecrets();
      const verdict = storageVerdict(document, state.get<unknown>(documentKey), earlierText);
      if (verdict === 'skip') return;
      if (verdict === 'conflict') {
        report('changedElsewhere');
        throw new Error('changed elsewhere');
      }
      const { stored, secretText } = splitDocument(document, earlierText);
      try {
        // Keys first: an endpoint whose key is not there yet looks broken, a key without endpoint is merely unused.
        await secrets.store(secretsKey, secretText);
        await state.update(documentKey, stored);
      } catch (error) {
        report('notStored');
        throw error;
      }
    },
  };
}
