import * as v from 'valibot';
import { RequestType } from 'vscode-jsonrpc/node';
import type { EndpointStanding, QuarantineReason } from '../core/failure.ts';
import type { CheckRecord } from '../core/healthCheck.ts';
import type { ProfileSwitch } from '../core/switches.ts';
import type { Usage } from '../core/usage.ts';
import type { DecisionTrace } from './state.ts';

/*
 * What windows can ask about the past. Times are milliseconds since 1970. Everything is summed up and ready to be
 * shown; nothing of it holds a prompt, an answer or a key.
 */

/** A stretch of time: `from` is part of it, `to` is not. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A request as it is kept. */
export interface RequestRecord extends DecisionTrace {
  /** Of all its attempts together, or null where no endpoint told. */
  readonly usage: Usage | null;
  /** In US dollars, of those attempts that have a price, or null where none has. */
  readonly cost: number | null;
}

/** Counts and sums over requests for messages. */
export interface Sums {
  readonly requests: number;
  /** With a whole answer. */
  readonly served: number;
  /** With an answer that broke off and that its client goes on from. */
  readonly rescued: number;
  /** With an error, or an answer that broke off. Requests whose client left are in `requests` alone. */
  readonly failed: number;
  /** Attempts beyond the first, of all of them. */
  readonly retries: number;
  readonly usage: Usage;
  /** In US dollars, of what has a price. */
  readonly cost: number;
  /** Tokens for which there is no price. */
  readonly unpricedTokens: number;
  /** Milliseconds to the first content of half, and of 95 %, of the answers; null when there were none. */
  readonly firstContentP50Ms: number | null;
  readonly firstContentP95Ms: number | null;
}

export interface SeriesParams extends TimeRange {
  /** Of the attempts at this endpoint, by its id; absent for all requests. */
  readonly endpointId?: string;
}

/** A chart. */
export interface Series {
  /** From one point to the next, in milliseconds; chosen so that there are at most 400 points. */
  readonly stepMs: number;
  /** Without those in which nothing happened. */
  readonly points: readonly (Sums & { readonly at: number })[];
}

/** Sums over a stretch of time. Of an endpoint, they are of its attempts. */
export interface Totals {
  readonly all: Sums;
  readonly byEndpoint: readonly (Sums & { readonly endpointId: string })[];
  readonly byModel: readonly (Sums & { readonly model: string })[];
  /** By day in the time zone of this machine, `YYYY-MM-DD`, newest first; for whole days only. */
  readonly byDay: readonly (Sums & { readonly day: string })[];
}

export interface RequestsParams extends Partial<TimeRange> {
  /** At most, 1 to 500. */
  readonly limit: number;
  /** Those that an attempt was made at, by id. */
  readonly endpointId?: string;
  readonly outcome?: DecisionTrace['outcome'];
  /** Part of the model's name or of the request's id. */
  readonly text?: string;
}

/** A change of how an endpoint stands. */
export interface StandingEvent {
  readonly at: number;
  readonly endpointId: string;
  readonly from: EndpointStanding;
  readonly to: EndpointStanding;
  /** For `quarantined`. */
  readonly reason?: QuarantineReason;
}

export interface Timeline {
  readonly standings: readonly StandingEvent[];
  readonly switches: readonly ProfileSwitch[];
}

export interface ChecksParams {
  readonly endpointId: string;
  /** At most, 1 to 500. */
  readonly limit: number;
}

/** Window → proxy. */
export const seriesRequest = new RequestType<SeriesParams, Series, void>('history/series');
/** Window → proxy. */
export const totalsRequest = new RequestType<TimeRange, Totals, void>('history/totals');
/** Window → proxy: requests, newest first, each with its decision trace. */
export const requestsRequest = new RequestType<RequestsParams, readonly RequestRecord[], void>(
  'history/requests',
);
/** Window → proxy: one request by its id, as clients show it, or null when it is not known (any more). */
export const traceRequest = new RequestType<string, RequestRecord | null, void>('history/trace');
/** Window → proxy: what happened to endpoints and profiles, newest first, at most 1 000 of each. */
export const timelineRequest = new RequestType<TimeRange, Timeline, void>('history/timeline');
/** Window → proxy: checks of an endpoint, newest first. */
export const checksRequest = new RequestType<ChecksParams, readonly CheckRecord[], void>('history/checks');
/** Window → proxy: the last 100 switches from profile to profile, newest first. */
export const switchesRequest = new RequestType<null, readonly ProfileSwitch[], void>('history/switches');

const time = v.pipe(v.number(), v.finite(), v.minValue(0));
const endpointId = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500));
const range = { from: time, to: time };

/** Checks what a window asks for. @throws ValiError. So do those below. */
export const parseTimeRange = v.parser(v.object(range));
export const parseSeriesParams = v.parser(v.object({ ...range, endpointId: v.exactOptional(endpointId) }));
export const parseRequestsParams = v.parser(
  v.object({
    from: v.exactOptional(time),
    to: v.exactOptional(time),
    limit,
    endpointId: v.exactOptional(endpointId),
    outcome: v.exactOptional(v.picklist(['served', 'rescued', 'broken', 'failed', 'clientGone'])),
    text: v.exactOptional(v.pipe(v.string(), v.maxLength(128))),
  }),
);
export const parseRequestId = v.parser(v.pipe(v.string(), v.minLength(1), v.maxLength(64)));
export const parseChecksParams = v.parser(v.object({ endpointId, limit }));
