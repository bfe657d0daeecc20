import type { Endpoint } from './configuration.ts';
import type { ErrorAnswer } from './errorAnswer.ts';

/** Models that a check asks at most, one after the other. */
const maxModels = 3;
/** What is asked where nobody has said anything: small ones. */
const defaultModels = ['claude-haiku-5-5', 'claude-haiku-4-5'];
/** Words in the names of models that cost little; then of those that cost less than others. */
const cheapestFirst = [/haiku|mini|flash|lite|nano|small|air/i, /sonnet/i];

/** Which models an endpoint can be asked for, cheapest first, and which of them it answered with. */
export class CheckModels {
  readonly #accepted = new Map<string, { readonly setUpAs: string; readonly model: string }>();

  /**
   * The models to ask for, as clients call them, one after the other while they are refused: the one that passed
   * before, those of the endpoint's list or else of the setting or else small ones, and the one of the last traffic.
   *
   * @param setting the model that the user checks with, or empty
   * @param served the model of the last request that the endpoint served, if any
   */
  of(endpoint: Endpoint, setting: string, served: string | undefined): readonly string[] {
    const preferred = preferredModels(endpoint, setting).slice(0, maxModels - (served === undefined ? 0 : 1));
    const models = [this.#acceptedBy(endpoint, setting), ...preferred, served];
    return [...new Set(models.filter((model) => model !== undefined))].slice(0, maxModels);
  }

  /** True for a model that the endpoint has answered with. */
  isAccepted(endpoint: Endpoint, setting: string, model: string): boolean {
    return this.#acceptedBy(endpoint, setting) === model;
  }

  /** The endpoint passed with this model: it comes first from now on, while the endpoint is set up as it is. */
  accepted(endpoint: Endpoint, setting: string, model: string): void {
    this.#accepted.set(endpoint.id, { setUpAs: setUpOf(endpoint, setting), model });
  }

  /** Forgets all other endpoints. */
  retain(endpointIds: ReadonlySet<string>): void {
    for (const id of this.#accepted.keys()) if (!endpointIds.has(id)) this.#accepted.delete(id);
  }

  #acceptedBy(endpoint: Endpoint, setting: string): string | undefined {
    const known = this.#accepted.get(endpoint.id);
    return known?.setUpAs === setUpOf(endpoint, setting) ? known.model : undefined;
  }
}

function preferredModels({ models }: Endpoint, setting: string): readonly string[] {
  if (models.length > 0) return models.toSorted((a, b) => costRank(a) - costRank(b));
  return setting === '' ? defaultModels : [setting, ...defaultModels];
}

function costRank(model: string): number {
  const rank = cheapestFirst.findIndex((names) => names.test(model));
  return rank < 0 ? cheapestFirst.length : rank;
}

function setUpOf({ baseUrl, models, modelMap }: Endpoint, setting: string): string {
  return JSON.stringify([baseUrl, models, modelMap, setting]);
}

/**
 * True for an error that is about the model that was asked for, so that another one may be served. Relays of the
 * one-api family say 503 where they have nobody for a model (https://github.com/QuantumNous/new-api/pull/6310).
 *
 * @param sentModel as the endpoint was asked for it
 * @param isKnown the endpoint has served the model before: a 503 then means that it cannot for now
 */
export function isAboutModel(answer: ErrorAnswer, sentModel: string, isKnown: boolean): boolean {
  const { status, message = '' } = answer;
  switch (status) {
    case 404:
      return true;
    case 400:
    case 403:
    case 422:
      return message.includes(sentModel) || /\bmodel|模型/i.test(message);
    case 503:
      return !isKnown && message.includes(sentModel);
    default:
      return false;
  }
}
