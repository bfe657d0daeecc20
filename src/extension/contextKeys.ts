import * as vscode from 'vscode';
import { type ContextKey, contextKeys } from './contributions.ts';
import type { Model, ModelValue } from './model.ts';
import { isResettable } from './views/endpointCondition.ts';

/** Keeps the context keys of `when` and `enablement` clauses in step with the model; each is set only on change. */
export function createContextKeys(model: Model): vscode.Disposable {
  const known = new Map<ContextKey, unknown>();
  const update = (value: ModelValue) => {
    for (const [key, next] of contextOf(value)) {
      if (known.get(key) === next) continue;
      known.set(key, next);
      void vscode.commands.executeCommand('setContext', key, next);
    }
  };
  update(model.value);
  return model.onDidChange(update);
}

function contextOf({ link, configuration, state, now }: ModelValue): [ContextKey, unknown][] {
  const endpoints = configuration.profiles.flatMap((profile) => profile.endpoints);
  return [
    [contextKeys.link, link.kind],
    [contextKeys.hasProfiles, configuration.profiles.length > 0],
    [contextKeys.hasEndpoints, endpoints.length > 0],
    [contextKeys.hasEnabledEndpoints, endpoints.some((endpoint) => endpoint.enabled)],
    [contextKeys.hasDisabledEndpoints, endpoints.some((endpoint) => !endpoint.enabled)],
    [contextKeys.hasLevels, configuration.profiles.some(({ priority }) => priority !== null)],
    [contextKeys.hasQueuedRequests, (state?.queue.items ?? 0) > 0],
    [contextKeys.hasResettableEndpoints, endpoints.some(({ id }) => isResettable(state?.endpoints[id], now))],
  ];
}
