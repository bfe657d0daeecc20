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
  'chooseConfiguration',
  'showLog',
  'checkEndpoints',
  'whatsNew',
  'help',
] as const;
export type PanelCommand = (typeof panelCommands)[number];

/** The fixed texts of the page. They are handed in, since a webview has no `vscode.l10n`. */
export const panelStrings = [
  'title',
  'version',
  'whatsNew',
  'notSeen',
  'help',
  'summary',
  'profile',
  'address',
  'upSince',
  'inFlight',
  'waiting',
  'rescued',
  'copyAddress',
  'addressCopied',
  'range',
  'allEndpoints',
  'table',
  'showAsTable',
  'exportAs',
  'loading',
  'unavailable',
  'noData',
  'more',
  'totals',
  'requests',
  'successRate',
  'firstContent',
  'firstContentP50',
  'firstContentP95',
  'p50',
  'p95',
  'tokens',
  'input',
  'output',
  'cacheRead',
  'cacheWrite',
  'cost',
  'unpriced',
  'retries',
  'served',
  'rescuedTurns',
  'broken',
  'failed',
  'clientGone',
  'charts',
  'perStep',
  'time',
  'emptyLeftOut',
  'chartHint',
  'endpoints',
  'endpoint',
  'checkEndpoints',
  'sinceStart',
  'state',
  'weight',
  'weightOf',
  'quota',
  'lastServed',
  'lastFailure',
  'lastCheck',
  'events',
  'event',
  'subject',
  'noEvents',
  'lastRequests',
  'filterText',
  'outcome',
  'allOutcomes',
  'noRequests',
  'noMatch',
  'model',
  'noModel',
  'attempts',
  'duration',
  'openStory',
  'storyGone',
  'byModel',
  'byDay',
  'day',
] as const;
export type PanelString = (typeof panelStrings)[number];

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Milliseconds since 1970. */
const time = v.pipe(v.number(), v.finite(), v.minValue(0));

/** The stretches of time that the charts show, all of them up to now. */
export const panelRanges = ['15m', '1h', '24h', '7d', '30d'] as const;
export type PanelRange = (typeof panelRanges)[number];

/** How good or bad something is: for the look only, next to the words. */
export const panelTones = ['good', 'neutral', 'warning', 'bad'] as const;
export type PanelTone = (typeof panelTones)[number];

/** What can be exported, each as it is shown. */
export const panelTables = ['series', 'endpoints', 'models', 'days', 'events', 'requests'] as const;
export type PanelTable = (typeof panelTables)[number];

export const panelExportFormats = ['csv', 'json'] as const;
export type PanelExportFormat = (typeof panelExportFormats)[number];

export const panelOutcomes = ['served', 'rescued', 'broken', 'failed', 'clientGone'] as const;

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const endpoint = v.object({
  id: v.string(),
  name: v.string(),
  /** Host and port of the base URL. */
  host: v.string(),
  profile: v.string(),
  /** Whether its profile is the one that serves, be it the one that the user chose or one that stands in for it. */
  active: v.boolean(),
  /**
   * What its profile is at the moment, in a word or two, to be shown beside its name: active, standing in, replaced by
   * another one. Null for a profile that is neither chosen nor serves.
   */
  role: v.nullable(v.string()),
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
  successRate: v.nullable(share),
  /** Milliseconds to the first byte of the last success. */
  firstByteMs: v.nullable(amount),
  servedAt: v.nullable(time),
  failure: v.nullable(v.object({ text: v.string(), at: time })),
  /** As configured, and as it is used now; null where the profile's strategy does not use it. */
  weight: v.nullable(v.object({ configured: count, effective: count })),
  /** What is left of the limits of its key. */
  quota: v.array(
    v.object({
      label: v.string(),
      /** What is used of it; null where only numbers are told. */
      used: v.nullable(share),
      text: v.string(),
    }),
  ),
  /** How its last check ended, or null before the first. */
  check: v.nullable(v.string()),
});
/** One endpoint, as it is now. Numbers are null while no proxy reports them. */
export type PanelEndpoint = v.InferOutput<typeof endpoint>;

const notice = v.object({
  text: v.string(),
  /** Something is under way and will change by itself. */
  busy: v.boolean(),
  action: v.nullable(v.object({ command: v.picklist(panelCommands), label: v.string() })),
});
/** A sentence above the table: why there is nothing to see, or what stands in the way. */
export type PanelNotice = v.InferOutput<typeof notice>;

const sums = {
  requests: count,
  served: count,
  rescued: count,
  failed: count,
  /** Tokens. */
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count,
  /** In US dollars, of what has a price. */
  cost: amount,
  /** Milliseconds to the first content of half, and of 95 %, of the answers. */
  firstContentP50Ms: v.nullable(amount),
  firstContentP95Ms: v.nullable(amount),
};
const sumsSchema = v.object(sums);
/** Counts over requests; over attempts where they are of one endpoint. */
export type PanelSums = v.InferOutput<typeof sumsSchema>;

const history = v.object({
  range: v.picklist(panelRanges),
  /** The endpoint that the charts are of, by id, or null for all. */
  endpointId: v.nullable(v.string()),
  /**
   * What the time axis shows. Short ranges begin with a step and end now; those of several days begin with a day and
   * hold one more than they are called by, since today is not over.
   */
  from: time,
  to: time,
  /**
   * From one point to the next, in milliseconds. Points at which nothing happened are left out. With an endpoint chosen,
   * they are of the attempts at it.
   */
  stepMs: v.pipe(v.number(), v.integer(), v.minValue(1)),
  points: v.pipe(v.array(v.object({ at: time, ...sums })), v.maxLength(1_000)),
  /** Of all requests, or of the attempts at the chosen endpoint. */
  totals: v.object({
    ...sums,
    /** Attempts beyond the first. */
    retries: count,
    /** Tokens for which there is no price. */
    unpricedTokens: count,
  }),
  /** Of attempts, whichever endpoint was chosen; those without any are left out, those that were removed are not. */
  endpoints: v.array(v.object({ id: v.string(), ...sums })),
  /** Busiest first, whichever endpoint was chosen. The name is empty for requests that named none. As below. */
  models: v.array(v.object({ model: v.string(), ...sums })),
  /** For ranges of several days only, newest first, `YYYY-MM-DD`. */
  days: v.array(v.object({ day: v.string(), ...sums })),
  /** What happened to profiles and to endpoints, or to the chosen one, newest first; the last of them where there were many. */
  events: v.pipe(
    v.array(
      v.object({
        at: time,
        tone: v.picklist(panelTones),
        /** An endpoint changed, or another profile serves. */
        kind: v.picklist(['standing', 'switch']),
        /** What it happened to. */
        subject: v.string(),
        text: v.string(),
      }),
    ),
    v.maxLength(500),
  ),
});
/** The past, as far as the page asked for it. */
export type PanelHistory = v.InferOutput<typeof history>;

const filter = v.object({
  /** Part of the model's name or of the request's id. */
  text: v.pipe(v.string(), v.maxLength(128)),
  outcome: v.nullable(v.picklist(panelOutcomes)),
  endpointId: v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
});
export type PanelFilter = v.InferOutput<typeof filter>;

const request = v.object({
  id: v.string(),
  at: time,
  /** As the client names it; empty where it named none. */
  model: v.string(),
  /** Where the last attempt was made; empty when there was none. */
  endpoint: v.string(),
  outcome: v.object({ code: v.picklist(panelOutcomes), tone: v.picklist(panelTones), label: v.string() }),
  /** What the client got, or null when it got nothing. */
  status: v.nullable(count),
  attempts: count,
  durationMs: amount,
  /** Input with what a cache read and wrote. Null where no endpoint told. */
  input: v.nullable(count),
  output: v.nullable(count),
  cost: v.nullable(amount),
});
/** One row of the last requests. */
export type PanelRequest = v.InferOutput<typeof request>;

const story = v.object({
  requestId: v.string(),
  /** What became of it, in a sentence. */
  title: v.string(),
  /** One after the other: what was chosen and why, what came of it. */
  steps: v.array(
    v.object({
      /** Milliseconds since the request arrived, or null. */
      afterMs: v.nullable(amount),
      tone: v.picklist(panelTones),
      text: v.string(),
      /** More to it, a line each: who else could have been chosen, and why not. */
      details: v.array(v.string()),
    }),
  ),
});
/** Why a request went where it went, as it is read. */
export type PanelStory = v.InferOutput<typeof story>;

const view = v.object({
  /** Of the extension. */
  version: v.string(),
  /** There are news of this version that the user has not seen. */
  hasNews: v.boolean(),
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

/** Numbers a question, so that an answer to an earlier one is told from that to the last one. */
const query = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const toPanel = v.variant('type', [
  v.object({
    type: v.literal('render'),
    view,
    strings: v.object(v.entriesFromList(panelStrings, v.string())),
  }),
  v.object({ type: v.literal('addressCopied') }),
  /** Null while no proxy can be asked. As below. */
  v.object({ type: v.literal('history'), query, history: v.nullable(history) }),
  v.object({ type: v.literal('requests'), query, requests: v.nullable(v.array(request)) }),
  /** Null when the request is not known any more. */
  v.object({ type: v.literal('story'), requestId: v.string(), story: v.nullable(story) }),
]);
/** Sent by the extension. */
export type MessageToPanel = v.InferOutput<typeof toPanel>;

const fromPanel = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('command'), command: v.picklist(panelCommands) }),
  v.object({
    type: v.literal('showHistory'),
    query,
    range: v.picklist(panelRanges),
    endpointId: v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
  }),
  v.object({
    type: v.literal('showRequests'),
    query,
    filter,
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)),
  }),
  v.object({ type: v.literal('explain'), requestId: v.pipe(v.string(), v.minLength(1), v.maxLength(64)) }),
  v.object({
    type: v.literal('export'),
    table: v.picklist(panelTables),
    format: v.picklist(panelExportFormats),
  }),
]);
/**
 * Sent by the page: `ready` each time it has been loaded, which is each time the panel comes to the front.
 * `showHistory` and `showRequests` hold until the next one of their kind: the answer is sent again, with the same
 * number, when it has changed. `export` is of what these two have last shown.
 */
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
