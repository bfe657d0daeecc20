import * as v from 'valibot';

/*
 * What crosses the border between the extension and the metrics panel, which is a web page: text and numbers ready
 * to be shown, never a key. Both ends parse what they receive. Used by the page too: no Node, no `vscode`.
 */

/** How an endpoint stands. The page uses the code for the look only, next to the label. */
export const panelStates = [
  'ok',
  'inFlight',
  'limited',
  'coolingDown',
  'failing',
  'trial',
  'open',
  'quarantined',
  'noKey',
  'disabled',
  'ready',
  'unknown',
] as const;
export type PanelStateCode = (typeof panelStates)[number];

/** What the page may ask for. Everything else stays with the extension. */
export const panelCommands = [
  'copyAddress',
  'addProfile',
  'useProfile',
  'addEndpoint',
  'startProxy',
  'showLog',
] as const;
export type PanelCommand = (typeof panelCommands)[number];

/** The fixed texts of the page. They are handed in, since a webview has no `vscode.l10n`. */
export const panelStrings = [
  'title',
  'summary',
  'profile',
  'address',
  'upSince',
  'inFlight',
  'waiting',
  'rescued',
  'copyAddress',
  'addressCopied',
  'endpoints',
  'endpoint',
  'state',
  'requests',
  'failures',
  'successRate',
  'firstByte',
  'lastServed',
  'lastFailure',
  'inUse',
] as const;
export type PanelString = (typeof panelStrings)[number];

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Milliseconds since 1970. */
const time = v.pipe(v.number(), v.finite(), v.minValue(0));

const endpoint = v.object({
  id: v.string(),
  name: v.string(),
  /** Host and port of the base URL. */
  host: v.string(),
  profile: v.string(),
  /** Whether its profile is the one that serves. */
  active: v.boolean(),
  state: v.object({
    code: v.picklist(panelStates),
    label: v.string(),
    /** Why, and what comes next, a line each. */
    details: v.array(v.string()),
  }),
  inFlight: v.nullable(count),
  requests: v.nullable(count),
  failures: v.nullable(count),
  /** 0 to 1; null before the first request. */
  successRate: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  /** Milliseconds to the first byte of the last success. */
  firstByteMs: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))),
  servedAt: v.nullable(time),
  failure: v.nullable(v.object({ text: v.string(), at: time })),
});
/** One row of the table. Numbers are null while no proxy reports them. */
export type PanelEndpoint = v.InferOutput<typeof endpoint>;

const notice = v.object({
  text: v.string(),
  /** Something is under way and will change by itself. */
  busy: v.boolean(),
  action: v.nullable(v.object({ command: v.picklist(panelCommands), label: v.string() })),
});
/** A sentence above the table: why there is nothing to see, or what stands in the way. */
export type PanelNotice = v.InferOutput<typeof notice>;

const view = v.object({
  /** Name of the profile that serves. */
  profile: v.nullable(v.string()),
  /** Where clients reach the proxy, while it listens. */
  address: v.nullable(v.string()),
  startedAt: v.nullable(time),
  inFlight: v.nullable(count),
  /** Requests that wait for an endpoint; `note` says how long, where that is known. */
  waiting: v.nullable(v.object({ count, note: v.string() })),
  /** Broken answers that were closed so that the client went on by itself. */
  rescued: v.nullable(count),
  notices: v.array(notice),
  endpoints: v.array(endpoint),
});
/** Everything the page shows; each render replaces the one before. */
export type PanelView = v.InferOutput<typeof view>;

const toPanel = v.variant('type', [
  v.object({
    type: v.literal('render'),
    view,
    strings: v.object(v.entriesFromList(panelStrings, v.string())),
  }),
  v.object({ type: v.literal('addressCopied') }),
]);
/** Sent by the extension. */
export type MessageToPanel = v.InferOutput<typeof toPanel>;

const fromPanel = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('command'), command: v.picklist(panelCommands) }),
]);
/** Sent by the page: `ready` each time it has been loaded, which is each time the panel comes to the front. */
export type MessageFromPanel = v.InferOutput<typeof fromPanel>;

/** The message, or undefined when it is none of ours. Unknown keys are dropped. */
export function parseMessageToPanel(input: unknown): MessageToPanel | undefined {
  const result = v.safeParse(toPanel, input);
  return result.success ? result.output : undefined;
}

/** The message, or undefined when it is none of ours. Unknown keys are dropped. */
export function parseMessageFromPanel(input: unknown): MessageFromPanel | undefined {
  const result = v.safeParse(fromPanel, input);
  return result.success ? result.output : undefined;
}
