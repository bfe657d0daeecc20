import * as vscode from 'vscode';
import { type ConfigurationDocument, endpointIdsOf } from '../core/configuration.ts';
import { type DocumentStore, StoredApartError } from './proxyLink/documentMirror.ts';
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
  /** What is stored was changed apart from what was to be stored, by a window on another host for example. The user is asked. */
  | 'changedElsewhere'
  /** What is stored could not be put into the history, and so was not overwritten. */
  | 'notKept';

/**
 * Keeps the document in the editor's stores: profiles in `globalState`, keys in `SecretStorage`.
 *
 * @param putAside keeps a document in the history; throws when it is not safe there
 */
export function openDocumentStore(
  { globalState, secrets }: Pick<vscode.ExtensionContext, 'globalState' | 'secrets'>,
  output: vscode.LogOutputChannel,
  putAside: (document: ConfigurationDocument) => Promise<void>,
): DocumentStore {
  return createStore(globalState, secrets, putAside, (problem) => {
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
    case 'notKept':
      return vscode.l10n.t(
        'QCC could not put the stored configuration into its history, so it did not replace it. Unlock the secret storage and choose again.',
      );
    case 'changedElsewhere':
    case 'notStored':
      return undefined;
  }
}

/** @param report is told what did not work */
function createStore(
  state: vscode.Memento,
  secrets: vscode.SecretStorage,
  putAside: (document: ConfigurationDocument) => Promise<void>,
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
  /** Puts what is stored, and all that it gives way with, into the history. */
  const makeRoom = async (
    earlier: ConfigurationDocument,
    secretText: string | undefined,
    displaced: readonly ConfigurationDocument[],
  ): Promise<void> => {
    try {
      // Keys that cannot be read could not be kept, and would be overwritten.
      if (secretText === undefined && hasEndpoints(earlier)) throw new Error('the keys cannot be read');
      for (const document of [...displaced, earlier]) await putAside(document);
    } catch {
      report('notKept');
      throw new StoredApartError(earlier);
    }
  };
  const found = new Set<StoreProblem>();
  /** The stores are read again and again; what is wrong with them is worth saying once. */
  const reportOnce = (problem: StoreProblem): void => {
    if (!found.has(problem)) report(problem);
    found.add(problem);
  };
  return {
    async load(): Promise<ConfigurationDocument | null> {
      const stored = state.get<unknown>(documentKey);
      if (stored === undefined) return null;
      const secretText = await readSecrets();
      const document = joinDocument(stored, secretText);
      if (!document) {
        await setAside(stored, secretText);
        reportOnce('unreadable');
        return null;
      }
      if (secretText === undefined && hasEndpoints(document)) reportOnce('keysMissing');
      return document;
    },
    async save(document, displaced): Promise<void> {
      const earlierText = await readSecrets();
      const earlier = joinDocument(state.get<unknown>(documentKey), earlierText);
      const verdict = storageVerdict(document, earlier, displaced);
      if (verdict === 'skip') return;
      if (earlier && verdict === 'conflict') {
        report('changedElsewhere');
        throw new StoredApartError(earlier);
      }
      if (earlier && verdict === 'replace') await makeRoom(earlier, earlierText, displaced);
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

const hasEndpoints = ({ configuration }: ConfigurationDocument): boolean =>
  endpointIdsOf(configuration).size > 0;
