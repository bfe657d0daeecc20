import type * as vscode from 'vscode';
import { parseDocument } from '../core/configurationSchema.ts';
import { type ConfigurationVersion, versionOf } from '../core/configurationVersions.ts';
import { addressedSecrets, type ReadSecrets, type StoredSecret, secretsOf } from './storedDocument.ts';

/*
 * Versions of the configuration, in the two halves that the document itself has. Most keys are the same from version to
 * version, so each is stored once. Keys of endpoints that were removed are among them, for as long as a version that has
 * the endpoint is kept; a reset can have all of them forgotten.
 */

const versionsKey = 'qcc.versions';
const secretsKey = 'qcc.versions.secrets';

/** Keeps versions beyond the life of a window. */
export interface VersionStore {
  /** Those that can be understood, without keys where these cannot be read. Never rejects. */
  read(): Promise<readonly ConfigurationVersion[]>;
  /** @throws when the editor's stores do not take them */
  write(versions: readonly ConfigurationVersion[]): Promise<void>;
}

/** Secrets of all versions: each different one once, and its place by version and endpoint. */
interface StoredSecrets {
  readonly secrets: readonly StoredSecret[];
  readonly versions: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Keeps versions in the editor's stores: configurations in `globalState`, keys in `SecretStorage`. */
export function openVersionStore(
  state: Pick<vscode.Memento, 'get' | 'update'>,
  secrets: Pick<vscode.SecretStorage, 'get' | 'store'>,
): VersionStore {
  /** False while the storage is locked: what cannot be read must not be written over. */
  let isReadable = true;
  return {
    async read() {
      let text: string | undefined;
      try {
        text = await secrets.get(secretsKey);
        isReadable = true;
      } catch {
        isReadable = false;
      }
      return joinVersions(state.get<unknown>(versionsKey), text);
    },
    async write(versions) {
      const { stored, secretText } = splitVersions(versions);
      // Keys first, as for the document: a version without them is of less use than keys without their version.
      if (isReadable) await secrets.store(secretsKey, secretText);
      await state.update(versionsKey, stored);
    },
  };
}

/** Takes versions apart. @returns `secretText` is for the secret storage only */
export function splitVersions(versions: readonly ConfigurationVersion[]): {
  stored: readonly Omit<ConfigurationVersion, 'secrets'>[];
  secretText: string;
} {
  const places = new Map<string, number>();
  const placeOf = (secret: StoredSecret): number => {
    const key = JSON.stringify(secret);
    const place = places.get(key) ?? places.size;
    places.set(key, place);
    return place;
  };
  const byVersion = versions.map((version) => [
    version.id,
    Object.fromEntries(
      Object.entries(addressedSecrets(version)).map(([endpoint, secret]) => [endpoint, placeOf(secret)]),
    ),
  ]);
  const secretText = JSON.stringify({
    versions: Object.fromEntries(byVersion),
    secrets: [...places.keys()].map((key) => JSON.parse(key)),
  });
  return { stored: versions.map(({ secrets: _secrets, ...version }) => version), secretText };
}

/** Puts versions together again; what is none, or of a newer form, is left out. */
export function joinVersions(stored: unknown, secretText: string | undefined): ConfigurationVersion[] {
  const { secrets, versions } = parseSecrets(secretText);
  return (Array.isArray(stored) ? stored : []).flatMap((input: unknown) => {
    const { id, at, cause, putAsideAt, takenOverAt, ...rest } = (input ?? {}) as Record<string, unknown>;
    const document = parseDocument({ ...rest, lineage: [id], origin: { at, cause }, secrets: {} });
    if (!document) return [];
    const version = versionOf(document, 0);
    const places = Object.entries(versions[version.id] ?? {});
    const own: ReadSecrets = Object.fromEntries(
      places.map(([endpoint, place]) => [endpoint, secrets[place]]),
    );
    const times = {
      ...(typeof putAsideAt === 'number' ? { putAsideAt } : {}),
      ...(typeof takenOverAt === 'number' ? { takenOverAt } : {}),
    };
    return [{ ...version, ...times, secrets: secretsOf(version.configuration, own) }];
  });
}

function parseSecrets(text: string | undefined): StoredSecrets {
  const none: StoredSecrets = { secrets: [], versions: {} };
  try {
    const { secrets, versions } = JSON.parse(text ?? '{}') ?? {};
    return { secrets: secrets ?? none.secrets, versions: versions ?? none.versions };
  } catch {
    // Unreadable keys are missing keys: a rollback then says which endpoints have none.
    return none;
  }
}
