import { isOwnAddress } from '../core/baseUrl.ts';
import { CheckModels } from '../core/checkModels.ts';
import { type Endpoint, endpointDefaults } from '../core/configuration.ts';
import type { TrialParams, TrialResult } from '../protocol/control.ts';
import { type ProbeDeps, probe } from './probe.ts';

/** Each window has one dialog; more than these wait. */
const atOnce = 4;
/** Who comes when so many wait is sent away. */
const maxWaiting = 32;

export interface EndpointTrialsDeps extends Omit<ProbeDeps, 'models'> {
  /** The ports that the proxy listens on; it does not try itself. */
  readonly ownPorts: () => readonly number[];
  /** The model that the user checks with, or empty. */
  readonly model: () => string;
  /** Until a connection stands, in milliseconds. */
  readonly connectMs: () => number;
}

/**
 * Tries endpoints before they are configured, with a check like any other. Nothing is learnt from it, kept or logged, and
 * the connection is closed afterwards.
 */
export class EndpointTrials {
  readonly #deps: EndpointTrialsDeps;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #count = 0;

  constructor(deps: EndpointTrialsDeps) {
    this.#deps = deps;
  }

  /** @returns null when the endpoint cannot be asked, or `signal` was aborted */
  async try(params: TrialParams, signal: AbortSignal): Promise<TrialResult | null> {
    const { ownPorts } = this.#deps;
    const { baseUrl, protocol, apiKey } = params;
    if (apiKey === '' || protocol === 'openai' || isOwnAddress(baseUrl, ownPorts())) return null;
    if (this.#running >= atOnce) {
      if (this.#waiting.length >= maxWaiting) return null;
      // Whoever ends hands its place on, so that nobody comes between.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await this.#probe(params, signal);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #probe({ apiKey, headers, model, ...fields }: TrialParams, signal: AbortSignal) {
    const { upstreams, now } = this.#deps;
    this.#count += 1;
    // No configured endpoint can have such an id: connections and what is learnt of models are apart from theirs.
    const endpoint: Endpoint = { ...endpointDefaults, ...fields, id: `trial:${this.#count}`, name: '' };
    const options = {
      endpoint,
      secrets: { apiKey, headers },
      model: model === '' ? this.#deps.model() : model,
      servedModel: undefined,
      connectMs: this.#deps.connectMs(),
      signal,
    };
    try {
      const result = await probe(options, { ...this.#deps, models: new CheckModels() });
      return result && trialResult(result, now());
    } finally {
      upstreams.release(endpoint.id);
    }
  }
}

/** What of a check is told; the headers of the answer are not. */
function trialResult(result: Omit<TrialResult, 'at'>, at: number): TrialResult {
  const { class: checkClass, score, model, firstContentMs, durationMs, status, failure, tokens } = result;
  return {
    at,
    class: checkClass,
    score,
    model,
    firstContentMs,
    durationMs,
    ...(status === undefined ? {} : { status }),
    ...(failure === undefined ? {} : { failure }),
    tokens,
  };
}
