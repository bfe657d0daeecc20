import { type ModelClass, modelClasses } from './failure.ts';

/**
 * The class of a model by the parts of its name, as in `claude-opus-5-5`, `claude-3-5-haiku-20241022` or
 * `us.anthropic.claude-sonnet-5-v1:0`; `other` when none of them names one.
 */
export function modelClassOf(model: string | undefined): ModelClass {
  const parts = (model ?? '').toLowerCase().split(/[^a-z0-9]+/);
  return modelClasses.find((each) => parts.includes(each)) ?? 'other';
}
