import {
  type Configuration,
  type ConfigurationContents,
  type ConfigurationDocument,
  type EndpointSecrets,
  endpointIdsOf,
  isPristine,
  kinshipOf,
} from '../core/configuration.ts';
import { isOtherAddress } from '../core/configurationEdits.ts';
import { parseDocument, parseEndpointSecrets } from '../core/configurationSchema.ts';

/*
 * The two halves in which a window keeps the document: everything but the secrets as plain state, the secrets as
 * one text in the secret storage. The halves are written one after the other and can be of different revisions
 * after a crash, so each key carries the address that it was entered for and is never joined to another one.
 */

/** The part that goes to the plain state. */
export type StoredPart = Omit<ConfigurationDocument, 'secrets'>;

/** A key as it is stored, with the address that it was entered for. */
export interface StoredSecret {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a storage holds in the place of keys, by endpoint id; it may be anything. */
export type ReadSecrets = Readonly<Record<string, Partial<StoredSecret> | undefined>>;

/**
 * Takes a document apart.
 *
 * @param earlierText what the secret storage holds so far. Of an endpoint whose key the document does not have, since
 *   it could not be read, the stored one is kept
 * @returns `secretText` is for the secret storage only
 */
export function splitDocument(
  document: ConfigurationDocument,
  earlierText?: string,
): { stored: StoredPart; secretText: string } {
  const { secrets: _secrets, ...stored } = document;
  // What could not be read comes first, so that what is known takes its place.
  const earlier = Object.entries(parseSecrets(earlierText));
  const ids = endpointIdsOf(document.configuration);
  const kept = Object.fromEntries(earlier.filter(([id]) => ids.has(id)));
  return { stored, secretText: JSON.stringify({ ...kept, ...addressedSecrets(document) }) };
}

/** The secrets of contents, each with the address that it was entered for. */
export function addressedSecrets({
  configuration,
  secrets,
}: ConfigurationContents): Record<string, StoredSecret> {
  const endpoints = configuration.profiles.flatMap((profile) => profile.endpoints);
  return Object.fromEntries(
    endpoints.flatMap(({ id, baseUrl }): [string, StoredSecret][] => {
      const secret = secrets[id];
      return secret ? [[id, { baseUrl, ...secret }]] : [];
    }),
  );
}

/** What is to be done with a document that a window wants to keep. */
export type StorageVerdict =
  | 'store'
  /** What is stored has been decided against, and is put into the history first. */
  | 'replace'
  /** Another window has stored this or a later revision already. */
  | 'skip'
  /** What is stored was changed apart from it: one editor has one store for all hosts, and each host has a proxy. */
  | 'conflict';

/**
 * Compares a document with what is stored, so that no change of somebody else is overwritten.
 *
 * @param displaced documents that the user has decided against; what is stored gives way where it is a revision of one
 */
export function storageVerdict(
  document: ConfigurationDocument,
  stored: ConfigurationDocument | undefined,
  displaced: readonly ConfigurationDocument[],
): StorageVerdict {
  if (!stored || isPristine(stored)) return 'store';
  const kinship = kinshipOf(document, stored);
  if (kinship !== 'unrelated') return kinship === 'older' ? 'skip' : 'store';
  return displaced.some((other) => kinshipOf(other, stored) !== 'unrelated') ? 'replace' : 'conflict';
}

/**
 * Puts a document together again.
 *
 * @returns undefined when the plain part is not one that this version understands
 */
export function joinDocument(
  stored: unknown,
  secretText: string | undefined,
): ConfigurationDocument | undefined {
  const document = parseDocument({ ...(stored as object), secrets: {} });
  if (!document) return undefined;
  return { ...document, secrets: secretsOf(document.configuration, parseSecrets(secretText)) };
}

/** The secrets of a configuration out of what was stored; none goes along to another address. */
export function secretsOf({ profiles }: Configuration, stored: ReadSecrets): Record<string, EndpointSecrets> {
  const secrets: Record<string, EndpointSecrets> = {};
  for (const { endpoints } of profiles) {
    for (const { id, baseUrl } of endpoints) {
      const secret = stored[id];
      if (typeof secret?.baseUrl !== 'string' || isOtherAddress(secret.baseUrl, baseUrl)) continue;
      const checked = parseEndpointSecrets(secret);
      if (checked) secrets[id] = checked;
    }
  }
  return secrets;
}

function parseSecrets(text: string | undefined): ReadSecrets {
  try {
    return JSON.parse(text ?? '{}') ?? {};
  } catch {
    // Unreadable keys are missing keys: the endpoints stay, and the user is asked for them.
    return {};
  }
}
