import type * as vscode from 'vscode';
import type { ConfigurationDocument } from '../core/configuration.ts';
import type { DocumentStore } from './proxyLink/documentMirror.ts';
import { joinDocument, splitDocument } from './storedDocument.ts';

const documentKey = 'qcc.document';
const secretsKey = 'qcc.secrets';
/** Where state goes that this version does not understand, so that a newer one finds it again. */
const setAsideKey = 'qcc.document.setAside';

/**
 * Keeps the document in the editor's stores: profiles in `globalState`, keys in `SecretStorage`.
 *
 * @param problem is told, once per failure, what did not work; the message never holds a secret
 */
export function createDocumentStore(
  state: vscode.Memento,
  secrets: vscode.SecretStorage,
  problem: (what: 'unreadable' | 'notStored', error?: unknown) => void,
): DocumentStore {
  return {
    async load(): Promise<ConfigurationDocument | null> {
      const stored = state.get<unknown>(documentKey);
      if (stored === undefined) return null;
      const document = joinDocument(stored, await secrets.get(secretsKey));
      if (document) return document;
      await state.update(setAsideKey, stored);
      problem('unreadable');
      return null;
    },
    async save(document: ConfigurationDocument): Promise<void> {
      const { stored, secretText } = splitDocument(document);
      try {
        // Keys first: an endpoint whose key is not there yet looks broken, a key without endpoint is merely unused.
        await secrets.store(secretsKey, secretText);
        await state.update(documentKey, stored);
      } catch (error) {
        problem('notStored', error);
        throw error;
      }
    },
  };
}
