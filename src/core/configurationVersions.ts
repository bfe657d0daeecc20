import type {
  ConfigurationContents,
  ConfigurationDocument,
  EndpointSecrets,
  RevisionCause,
} from './configuration.ts';
import { secretsFor } from './configurationEdits.ts';

/** The configuration as it was at some time. */
export interface ConfigurationVersion extends ConfigurationContents {
  /** That of the revision. */
  readonly id: string;
  readonly storeId: string;
  readonly revision: number;
  /** When it came to be, in milliseconds since 1970. */
  readonly at: number;
  readonly cause: RevisionCause;
  /**
   * When another document, of which it is no earlier revision, took its place here, in milliseconds since 1970. It counts
   * as being of that time: it was in use until then.
   */
  readonly putAsideAt?: number;
  /**
   * When it took the place of another document here, of which it is no later revision, in milliseconds since 1970. That it
   * is older than what was in use here before makes it no less the present one.
   */
  readonly takenOverAt?: number;
}

/** So many versions are kept before the present one, */
export const maxEarlierVersions = 20;
/** and fewer where they are long: so many characters of JSON in all, since they lie where the editor starts from. */
const maxCharacters = 1_000_000;

/** A document as a version. @param now for one that does not say when it came to be, in milliseconds since 1970 */
export function versionOf(document: ConfigurationDocument, now: number): ConfigurationVersion {
  const { configuration, secrets, storeId, revision, lineage, origin } = document;
  return {
    configuration,
    secrets,
    storeId,
    revision,
    id: lineage.at(-1) ?? '',
    at: origin?.at ?? now,
    cause: origin?.cause ?? 'edit',
  };
}

/**
 * Puts together what two places know of the past, newest first. Each may know versions that the other does not, and keys
 * that the other could not read. Nothing before a version that was to be the end of the past comes back, whoever still
 * knows it.
 */
export function unionOfVersions(
  some: readonly ConfigurationVersion[],
  others: readonly ConfigurationVersion[],
): ConfigurationVersion[] {
  const byId = new Map<string, ConfigurationVersion>();
  for (const version of [...some, ...others]) {
    const known = byId.get(version.id);
    byId.set(version.id, known ? sameVersion(known, version) : version);
  }
  const times = timesOf([...byId.values()]);
  const newestFirst = [...times].sort(([a, x], [b, y]) => y.until - x.until || b.revision - a.revision);
  const [end] = newestFirst
    .filter(([{ cause }]) => cause === 'forget')
    .sort(([a, x], [b, y]) => y.from - x.from || b.revision - a.revision);
  // What was in use after that, was not to be forgotten, also where the version that was the end gave way later still.
  const isKept = ([version, { until }]: (typeof newestFirst)[number]): boolean => {
    if (!end || version === end[0]) return true;
    return until === end[1].from ? version.revision > end[0].revision : until > end[1].from;
  };
  return bounded(newestFirst.filter(isKept).map(([version]) => version));
}

/**
 * From when until when versions count as being in use, in milliseconds since 1970. Within a store it is the revision that
 * tells, since clocks are set back, and those of two hosts differ; a version is no older than those that it came after.
 */
function timesOf(
  versions: readonly ConfigurationVersion[],
): Map<ConfigurationVersion, { readonly from: number; readonly until: number }> {
  const latest = new Map<string, number>();
  return new Map(
    [...versions]
      .sort((a, b) => a.revision - b.revision)
      .map((version) => {
        const from = Math.max(version.at, latest.get(version.storeId) ?? 0);
        const until = Math.max(from, version.putAsideAt ?? 0, version.takenOverAt ?? 0);
        latest.set(version.storeId, until);
        return [version, { from, until }];
      }),
  );
}

function sameVersion(a: ConfigurationVersion, b: ConfigurationVersion): ConfigurationVersion {
  const putAsideAt = Math.max(a.putAsideAt ?? 0, b.putAsideAt ?? 0);
  const takenOverAt = Math.max(a.takenOverAt ?? 0, b.takenOverAt ?? 0);
  return {
    ...a,
    at: Math.min(a.at, b.at),
    secrets: { ...b.secrets, ...a.secrets },
    ...(putAsideAt > 0 ? { putAsideAt } : {}),
    ...(takenOverAt > 0 ? { takenOverAt } : {}),
  };
}

/** As many of the newest as are kept; the present one always. */
function bounded(newestFirst: readonly ConfigurationVersion[]): ConfigurationVersion[] {
  let characters = 0;
  return newestFirst.slice(0, maxEarlierVersions + 1).filter((version, index) => {
    characters += JSON.stringify(version.configuration).length;
    return index === 0 || characters <= maxCharacters;
  });
}

/**
 * What a return to a version makes of the present configuration. When a profile was last used is what happened and not
 * what was configured: that stays. So does the key of an endpoint whose key of that time is not known.
 */
export function rolledBack(
  present: ConfigurationContents,
  { configuration, secrets }: ConfigurationVersion,
): ConfigurationContents {
  const used = new Map(present.configuration.profiles.map(({ id, lastUsedAt }) => [id, lastUsedAt]));
  const profiles = configuration.profiles.map((profile) => ({
    ...profile,
    lastUsedAt: used.get(profile.id) ?? profile.lastUsedAt,
  }));
  const keys = Object.fromEntries(
    profiles
      .flatMap(({ endpoints }) => endpoints)
      .flatMap(({ id, baseUrl }): [string, EndpointSecrets][] => {
        const own = secrets[id] ?? secretsFor(present, id, baseUrl);
        return own ? [[id, own]] : [];
      }),
  );
  return { configuration: { ...configuration, profiles }, secrets: keys };
}
