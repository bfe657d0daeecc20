import * as vscode from 'vscode';
import type { ConfigurationHistory } from './configurationHistory.ts';
import { type ContextKey, contextKeys } from './contributions.ts';
import type { Model, ModelValue } from './model.ts';
import { needsChoice } from './proxyLink/linkStatus.ts';
import { isResettable } from './views/endpointCondition.ts';

/** Keeps the context keys of `when` and `enablement` clauses in step with the model; each is set only on change. */
export function createContextKeys(
  model: Model,
  history: Pick<ConfigurationHistory, 'hasEarlier' | 'onDidChange'>,
): vscode.Disposable {
  const known = new Map<ContextKey, unknown>();
  const update = () => {
    for (const [key, next] of [...contextOf(model.value), ...versionsContext(history)]) {
      if (known.get(key) === next) continue;
      known.set(key, next);
      void vscode.commands.executeCommand('setContext', key, next);
    }
  };
  update();
  return vscode.Disposable.from(model.onDidChange(update), history.onDidChange(update));
}

const versionsContext = ({
  hasEarlier,
}: Pick<ConfigurationHistory, 'hasEarlier'>): [ContextKey, unknown][] => [
  [contextKeys.hasVersions, hasEarlier],
];

function contextOf({ link, configuration, state, now }: ModelValue): [ContextKey, unknown][] {
  const endpoints = configuration.profiles.flatMap((profile) => profile.endpoints);
  return [
    [contextKeys.link, link.kind],
    [contextKeys.needsChoice, needsChoice(link)],
    [contextKeys.hasProfiles, configuration.profiles.length > 0],
    [contextKeys.hasSeveralProfiles, configuration.profiles.length > 1],
    [contextKeys.hasEnabledProfiles, configuration.profiles.some(({ enabled }) => enabled)],
    [contextKeys.hasDisabledProfiles, configuration.profiles.some(({ enabled }) => !enabled)],
    [contextKeys.hasEndpoints, endpoints.length > 0],
    [contextKeys.hasEnabledEndpoints, endpoints.some((endpoint) => endpoint.enabled)],
    [contextKeys.hasDisabledEndpoints, endpoints.some((endpoint) => !endpoint.enabled)],
    [contextKeys.hasLevels, configuration.profiles.some(({ priority }) => priority !== null)],
    [contextKeys.isClaudeCodeConfigured, (state?.claudeCode ?? null) !== null],
    [contextKeys.hasQueuedRequests, (state?.queue.items ?? 0) > 0],
    [contextKeys.hasResettableEndpoints, endpoints.some(({ id }) => isResettable(state?.endpoints[id], now))],
  ];
}
