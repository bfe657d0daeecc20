import { pathPrefixOf } from '../core/baseUrl.ts';
import { type CheckModels, isAboutModel } from '../core/checkModels.ts';
import { checkRequest, estimatedInputTokens, newCheckCode } from '../core/checkQuestion.ts';
import type { Verdict } from '../core/classification.ts';
import type { Endpoint, EndpointSecrets } from '../core/configuration.ts';
import { type CheckRecord, checkLimitMs } from '../core/healthCheck.ts';
import { healthScore, scoreWithoutAnswer } from '../core/healthScore.ts';
import { mappedModel } from '../core/routing.ts';
import { type CheckReply, callForCheck } from './checkCall.ts';
import { type CheckVerdict, judgeReply } from './checkVerdict.ts';
import { type RawHeaders, upstreamHeaders } from './headers.ts';
import type { UpstreamPool } from './upstreamPool.ts';

/** What a check works with. */
export interface ProbeDeps {
  readonly upstreams: UpstreamPool;
  readonly models: CheckModels;
  /** Of this build, for `user-agent`. */
  readonly version: string;
  /** From 0 up to 1, and not to be foretold. */
  readonly random: () => number;
  /** Milliseconds of the monotonic clock. */
  readonly clock: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface ProbeOptions {
  readonly endpoint: Endpoint;
  readonly secrets: EndpointSecrets;
  /** The model that the user checks with, or empty. */
  readonly model: string;
  /** The model of the last request that the endpoint served, if any. */
  readonly servedModel: string | undefined;
  /** Until a connection stands, in milliseconds. */
  readonly connectMs: number;
  /** For each question, in milliseconds; `checkLimitMs` unless told. */
  readonly limitMs?: number;
  /** Closes the connection at once. */
  readonly signal: AbortSignal;
}

/** What a check has shown. */
export interface ProbeResult extends Omit<CheckRecord, 'endpointId' | 'at' | 'manual'> {
  /** What the same would mean in traffic; absent where it would be served. */
  readonly verdict?: Verdict;
  /** Milliseconds after which the endpoint wants to be asked again. */
  readonly retryAfterMs?: number;
  /** The host name could not be resolved. */
  readonly isLookup: boolean;
  /** Of the answer, for what they tell of the key's limits; empty where there was none. */
  readonly headers: RawHeaders;
}

type Reply = Exclude<CheckReply, { kind: 'aborted' }>;

/**
 * Checks an endpoint: asks it, in the way that traffic goes, to repeat a code that it cannot know. Where a model is
 * refused the next one is asked for, three at most. The last question decides; the tokens of all are counted.
 *
 * @returns null when `signal` was aborted
 */
export async function probe(options: ProbeOptions, deps: ProbeDeps): Promise<ProbeResult | null> {
  const { endpoint, model: setting, servedModel } = options;
  const models = deps.models.of(endpoint, setting, servedModel);
  let result: ProbeResult | null = null;
  let tokens = 0;
  for (const model of models) {
    const sentModel = mappedModel(endpoint, model);
    const code = newCheckCode(deps.random);
    const reply = await ask(options, deps, sentModel, code);
    if (reply.kind === 'aborted') return null;
    const judged = judgeReply(reply, code, deps.now());
    const isKnown = model === servedModel || deps.models.isAccepted(endpoint, setting, model);
    const verdict = isOfModel(judged, sentModel, isKnown) ? { ...judged, class: 'refused' as const } : judged;
    tokens += tokensOf(reply, judged);
    result = resultOf(reply, verdict, model, tokens);
    if (verdict.class === 'passed') deps.models.accepted(endpoint, setting, model);
    if (!isOfModel(verdict, sentModel, isKnown)) break;
  }
  return result;
}

function ask(
  { endpoint, secrets, connectMs, limitMs = checkLimitMs, signal }: ProbeOptions,
  { upstreams, version, clock }: ProbeDeps,
  sentModel: string,
  code: string,
): Promise<CheckReply> {
  const body = Buffer.from(JSON.stringify(checkRequest(sentModel, code)));
  const own = [
    ...['accept', 'application/json', 'content-type', 'application/json'],
    ...['anthropic-version', '2023-06-01', 'user-agent', `qcc-health-check/${version}`],
  ];
  return callForCheck({
    upstream: upstreams.of(endpoint, connectMs),
    request: {
      method: 'POST',
      path: `${pathPrefixOf(endpoint.baseUrl)}/v1/messages`,
      headers: upstreamHeaders(own, endpoint, withoutUserAgent(secrets), body.length),
      body: () => [body],
      // One that was used could be closed by the other end just then, and would make checks differ in how long they take.
      onFreshConnection: true,
    },
    signal,
    connectMs,
    limitMs,
    clock,
  });
}

/** A check says what it is, also where traffic is told to call itself something else. */
function withoutUserAgent({ apiKey, headers }: EndpointSecrets): EndpointSecrets {
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'user-agent');
  return { apiKey, headers: Object.fromEntries(others) };
}

/** True when the endpoint may well answer if asked for another model. */
function isOfModel(verdict: CheckVerdict, sentModel: string, isKnown: boolean): boolean {
  if (verdict.class === 'passed' || verdict.class === 'badKey') return false;
  if (verdict.isCutShort === true) return true;
  return verdict.error !== undefined && isAboutModel(verdict.error, sentModel, isKnown);
}

/** What a question has cost. An error costs nothing, and so does what was never read. */
function tokensOf({ facts }: Reply, judged: CheckVerdict): number {
  if (facts.tokens !== undefined) return facts.tokens;
  const isError = judged.class !== 'passed' && judged.error !== undefined;
  return facts.wasSent && !isError ? estimatedInputTokens : 0;
}

function resultOf({ facts }: Reply, judged: CheckVerdict, model: string, tokens: number): ProbeResult {
  const { status, headers, firstContentMs, durationMs } = facts;
  const common = { model, tokens, headers, firstContentMs, durationMs };
  if (judged.class === 'passed') {
    const score = healthScore({
      isCorrect: true,
      firstContentMs: firstContentMs ?? durationMs,
      form: judged.form,
    });
    return { ...common, class: 'passed', score, isLookup: false, ...defined({ status }) };
  }
  const { failure, verdict, error } = judged;
  return {
    ...common,
    class: judged.class,
    score: scoreWithoutAnswer(judged.class),
    isLookup: failure === 'dnsFailed',
    ...defined({ status: error?.status ?? status, failure, verdict, retryAfterMs: error?.retryAfterMs }),
  };
}

/** The properties that have a value. */
function defined<T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
