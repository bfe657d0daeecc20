/**
 * What the user has set up: profiles, their endpoints and the policies around them.
 * Everything here except `secrets` may be shown, logged and kept in plain storage.
 */

export const strategies = [
  'weighted',
  'leastConnections',
  'responseTime',
  'priority',
  'roundRobin',
  'random',
] as const;
/** How requests are spread over the endpoints of a profile. */
export type Strategy = (typeof strategies)[number];

export const priorityLevels = ['primary', 'secondary', 'fallback'] as const;
/** The place of a profile in the failover order; at most one profile holds each. */
export type PriorityLevel = (typeof priorityLevels)[number];

export const authStyles = ['auto', 'x-api-key', 'bearer', 'both'] as const;
/** Which header carries the endpoint's key. `auto` decides by the host, see `credentialHeaders`. */
export type AuthStyle = (typeof authStyles)[number];

export const protocols = ['auto', 'anthropic', 'openai'] as const;
/** The API that an endpoint speaks. */
export type Protocol = (typeof protocols)[number];

/** One place that can answer: a base URL and how to use it. Its key is in `EndpointSecrets`. */
export interface Endpoint {
  /** Stable: survives every edit, so that history and bindings keep pointing at the same endpoint. */
  readonly id: string;
  readonly name: string;
  /** In the form that `parseBaseUrl` returns. */
  readonly baseUrl: string;
  readonly auth: AuthStyle;
  readonly protocol: Protocol;
  /** Share of the traffic under the `weighted` strategy, 1–1000. */
  readonly weight: number;
  /** Lower goes first, 1–1000. */
  readonly priority: number;
  /** Models that this endpoint serves; empty means all. */
  readonly models: readonly string[];
  /** Model asked for → model sent. */
  readonly modelMap: Readonly<Record<string, string>>;
  readonly enabled: boolean;
}

/** What must not be seen: kept in the editor's secret storage and in the memory of the proxy, nowhere else. */
export interface EndpointSecrets {
  readonly apiKey: string;
  /** Additional request headers; their values are secrets as often as not. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A named set of endpoints. */
export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly priority: PriorityLevel | null;
  readonly strategy: Strategy;
  /** Off: none of its endpoints serves, whatever they say of themselves, and it stands in for no other profile. */
  readonly enabled: boolean;
  /** Milliseconds since 1970 of the last time the profile was made active, or null. */
  readonly lastUsedAt: number | null;
  readonly endpoints: readonly Endpoint[];
}

/** When to leave a failing profile and when to come back. */
export interface FailoverPolicy {
  readonly autoFailover: boolean;
  readonly autoRecovery: boolean;
  readonly failureThreshold: number;
  readonly cooldownSeconds: number;
}

/** Time limits of one request, in milliseconds. */
export interface Timeouts {
  /** Until a connection (TCP and TLS) stands. */
  readonly connect: number;
  /** From the receipt of the request to the first byte for the client, over all attempts and waiting together. */
  readonly firstByte: number;
  /** From the sending of a streamed request to the start of its message, when another endpoint is ready. */
  readonly messageStart: number;
  /** Until a held response is passed on. */
  readonly hold: number;
  /** Longest silence of an upstream after its response began. */
  readonly idle: number;
  /** Silence after which the client gets a ping of our own. */
  readonly ping: number;
}

/** `routing` of the config file; every part is optional there. */
export interface RoutingOptions {
  readonly maxAttempts: number;
  readonly breakerThreshold: number;
  readonly breakerSeconds: number;
  readonly affinityHours: number;
  readonly patienceSeconds: number;
  readonly rescueTurns: boolean;
  readonly timeouts: Timeouts;
}

/** `health` of the config file: how endpoints are watched while no request goes to them. */
export interface HealthOptions {
  /** Off: no check and no connection that no request asked for. */
  readonly enabled: boolean;
  /** From one check of an endpoint that is out to the next, in seconds; idle endpoints wait ten times as long. */
  readonly intervalSeconds: number;
  /** The model to check with where an endpoint lists none; empty for a small one. */
  readonly model: string;
  /** So many samples make a weight dynamic. */
  readonly minSamples: number;
  /** Whether weights follow how endpoints do. */
  readonly dynamicWeights: boolean;
}

export const retryStrategies = ['exponential', 'fixed', 'immediate'] as const;
/** When a kept request is tried again. */
export type RetryStrategy = (typeof retryStrategies)[number];

/** `queue` of the config file: requests that could not be served are kept. */
export interface QueueOptions {
  readonly maxItems: number;
  /** Off: only that there was such a request is kept, and it cannot be sent again. */
  readonly keepBodies: boolean;
  readonly strategy: RetryStrategy;
  /** Tries by itself at most, of a request whose client fetches the answer later. */
  readonly maxRetries: number;
}

/** `history` of the config file. */
export interface HistoryOptions {
  /** How long single requests are kept, in days; sums are kept longer. */
  readonly retentionDays: number;
}

/** What a model costs, in US dollars per million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** A tenth of `input` where nothing else is said. */
  readonly cacheRead?: number;
  /** For 5 minutes; 1.25 times `input` where nothing else is said. */
  readonly cacheWrite?: number;
  /** For an hour; twice `input` where nothing else is said. */
  readonly cacheWriteLong?: number;
}

/** `usage` of the config file. */
export interface UsageOptions {
  /** By the beginning of the model's name; the longest one that fits holds. They come before the built-in table. */
  readonly prices: Readonly<Record<string, ModelPrice>>;
}

/** Everything the user has set up, without secrets. */
export interface Configuration {
  readonly version: 1;
  /** Id of the profile that serves, or null when none was chosen. */
  readonly activeProfile: string | null;
  readonly policy: FailoverPolicy;
  readonly profiles: readonly Profile[];
  readonly routing: RoutingOptions;
  readonly health: HealthOptions;
  readonly queue: QueueOptions;
  readonly history: HistoryOptions;
  readonly usage: UsageOptions;
}

/** A configuration with its secrets, by endpoint id. */
export interface ConfigurationContents {
  readonly configuration: Configuration;
  readonly secrets: Readonly<Record<string, EndpointSecrets>>;
}

/**
 * The published document: one store (an editor installation) at one revision. The proxy orders all changes, each
 * raises `revision` by one, and every window mirrors what it is told.
 */
export interface ConfigurationDocument extends ConfigurationContents {
  readonly storeId: string;
  readonly revision: number;
  /**
   * Ids of this revision, last, and of those before it. Two copies of a store that were changed apart from each other
   * can have equal numbers; by the ids it shows that neither comes from the other.
   */
  readonly lineage: readonly string[];
  /** Where this revision comes from. Missing in a document that no proxy has changed yet, or only an earlier version. */
  readonly origin?: RevisionOrigin;
}

export const revisionCauses = ['edit', 'import', 'rollback', 'reset', 'forget', 'choice'] as const;
/**
 * What made a revision. `forget` is a reset after which no version before it is to be kept anywhere; `choice` has the
 * contents of the one before, which the user has decided for against another document.
 */
export type RevisionCause = (typeof revisionCauses)[number];

/** When and by what a revision came to be, as the proxy says, so that every window tells the same of it. */
export interface RevisionOrigin {
  /** Milliseconds since 1970; later than that of the revision before, whatever the clock does. */
  readonly at: number;
  readonly cause: RevisionCause;
}

/** What holds for an endpoint unless somebody says otherwise. */
export const endpointDefaults: Omit<Endpoint, 'id' | 'name' | 'baseUrl'> = {
  auth: 'auto',
  protocol: 'auto',
  weight: 100,
  priority: 1,
  models: [],
  modelMap: {},
  enabled: true,
};

export const defaultPolicy: FailoverPolicy = {
  autoFailover: true,
  autoRecovery: true,
  failureThreshold: 3,
  cooldownSeconds: 300,
};

export const defaultRouting: RoutingOptions = {
  maxAttempts: 4,
  breakerThreshold: 3,
  breakerSeconds: 60,
  affinityHours: 5,
  patienceSeconds: 240,
  rescueTurns: true,
  timeouts: {
    connect: 5_000,
    firstByte: 270_000,
    messageStart: 120_000,
    hold: 10_000,
    idle: 300_000,
    ping: 60_000,
  },
};

export const defaultHealth: HealthOptions = {
  enabled: true,
  intervalSeconds: 60,
  model: '',
  minSamples: 3,
  dynamicWeights: true,
};

export const defaultQueue: QueueOptions = {
  maxItems: 200,
  keepBodies: true,
  strategy: 'exponential',
  maxRetries: 5,
};

export const defaultHistory: HistoryOptions = { retentionDays: 7 };

export const defaultUsage: UsageOptions = { prices: {} };

export const emptyContents: ConfigurationContents = {
  configuration: {
    version: 1,
    activeProfile: null,
    policy: defaultPolicy,
    profiles: [],
    routing: defaultRouting,
    health: defaultHealth,
    queue: defaultQueue,
    history: defaultHistory,
    usage: defaultUsage,
  },
  secrets: {},
};

export const maxNameLength = 64;

/** Why a name of a profile or an endpoint is refused. */
export type NameProblem = 'emptyName' | 'longName' | 'duplicateName';

/** Checks a name against its siblings. Names that differ only in case or outer spaces are the same name. */
export function checkName(name: string, others: readonly string[]): NameProblem | undefined {
  const trimmed = name.trim();
  if (trimmed === '') return 'emptyName';
  if ([...trimmed].length > maxNameLength) return 'longName';
  const folded = trimmed.toLowerCase();
  return others.some((other) => other.trim().toLowerCase() === folded) ? 'duplicateName' : undefined;
}

/**
 * True when a key or a header value can be sent: latin-1 without control characters (RFC 9110 §5.5), so that no
 * value can begin a header of its own.
 */
export function isSendableHeaderValue(value: string): boolean {
  return /^[\x20-\x7e\xa0-\xff]*$/.test(value);
}

/** How many revisions back a document knows where it comes from. */
const maxLineage = 200;

/** The next revision of a document. @param id a fresh id for it @param made by what, and the time on the clock */
export function nextRevision(
  document: ConfigurationDocument,
  contents: ConfigurationContents,
  id: string,
  made: RevisionOrigin,
): ConfigurationDocument {
  const { storeId, revision, lineage, origin } = document;
  const at = Math.max(made.at, (origin?.at ?? 0) + 1);
  return {
    ...contents,
    storeId,
    revision: revision + 1,
    lineage: [...lineage, id].slice(-maxLineage),
    origin: { ...made, at },
  };
}

/** How one document relates to another. */
export type Kinship =
  | 'same'
  /** It comes from the other one. */
  | 'newer'
  /** The other one comes from it. */
  | 'older'
  /** Neither comes from the other: taking one means losing changes of the other. */
  | 'unrelated';

/** Tells how `document` relates to `other`. */
export function kinshipOf(document: ConfigurationDocument, other: ConfigurationDocument): Kinship {
  const [own, theirs] = [document.lineage.at(-1), other.lineage.at(-1)];
  if (document.storeId !== other.storeId || own === undefined || theirs === undefined) return 'unrelated';
  if (own === theirs) return 'same';
  if (document.lineage.includes(theirs)) return 'newer';
  return other.lineage.includes(own) ? 'older' : 'unrelated';
}

/** The id of the revision that a document is. */
export const revisionIdOf = ({ lineage }: ConfigurationDocument): string => lineage.at(-1) ?? '';

/** True for a document that nobody has put anything into: it gives way to any other. */
export function isPristine(document: ConfigurationDocument): boolean {
  return document.revision === 0;
}

/** The profile that serves now, or undefined. */
export function activeProfileOf(configuration: Configuration): Profile | undefined {
  return configuration.profiles.find((profile) => profile.id === configuration.activeProfile);
}

/** Whether an endpoint is switched on, which takes its profile as well; the one place that says so. */
export function isEnabled(profile: Pick<Profile, 'enabled'>, endpoint: Pick<Endpoint, 'enabled'>): boolean {
  return profile.enabled && endpoint.enabled;
}

/** The endpoints of a profile that are switched on. */
export function enabledEndpointsOf(profile: Profile): readonly Endpoint[] {
  return profile.endpoints.filter((endpoint) => isEnabled(profile, endpoint));
}

/** True when there is a key to send to an endpoint. */
export function hasKey(contents: ConfigurationContents, endpointId: string): boolean {
  const secrets = contents.secrets[endpointId];
  return secrets !== undefined && secrets.apiKey !== '';
}

/** The ids of all endpoints of all profiles. */
export function endpointIdsOf(configuration: Configuration): Set<string> {
  return new Set(
    configuration.profiles.flatMap((profile) => profile.endpoints.map((endpoint) => endpoint.id)),
  );
}

/** An endpoint and the profile that it is in. */
export interface EndpointPlace {
  readonly profile: Profile;
  readonly endpoint: Endpoint;
}

/** Where an endpoint is, by its id, or undefined when there is no such one. */
export function placeOf(configuration: Configuration, endpointId: string): EndpointPlace | undefined {
  for (const profile of configuration.profiles) {
    const endpoint = profile.endpoints.find(({ id }) => id === endpointId);
    if (endpoint) return { profile, endpoint };
  }
  return undefined;
}

/** An endpoint by its id, in whichever profile it is. */
export function findEndpoint(configuration: Configuration, endpointId: string): Endpoint | undefined {
  return placeOf(configuration, endpointId)?.endpoint;
}
