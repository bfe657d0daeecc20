import type { HistoryState } from '../protocol/state.ts';
import type { ClaimedNotice } from './claimedNotices.ts';
import type { ModelValue } from './model.ts';
import { servingOf } from './views/serving.ts';

/** Trouble of the proxy as a whole that does not end before somebody does something about it. */
export interface ProxyTrouble extends ClaimedNotice {
  readonly cause:
    | { readonly kind: 'failedOver'; readonly chosen: string; readonly standIn: string }
    | { readonly kind: 'historyInMemory'; readonly history: HistoryState }
    | { readonly kind: 'historySetAside'; readonly name: string };
}

/**
 * Everything of that kind. A profile that comes back by itself when it passes its checks is none: status bar, tree and
 * log tell of it. It is one where the user has switched recovery off and so has to switch back.
 */
export function proxyTroubles(value: ModelValue): ProxyTrouble[] {
  const { state } = value;
  if (state === null) return [];
  return [...failoverTroubles(value), ...historyTroubles(state.history)];
}

function failoverTroubles(value: ModelValue): ProxyTrouble[] {
  const { chosen, profile, isStandIn } = servingOf(value);
  const { failover } = value.state ?? {};
  if (!isStandIn || !chosen || !profile || failover?.reason !== 'failover') return [];
  if (value.configuration.policy.autoRecovery) return [];
  const id = `failover:${chosen.id}:${profile.id}`;
  // Two clocks meet in the time that the proxy tells: it varies a little from one message to the next.
  const key = `${id}:${Math.round(failover.since / 60_000)}`;
  return [{ id, key, cause: { kind: 'failedOver', chosen: chosen.name, standIn: profile.name } }];
}

/** The process that a history belongs to remembers what has been told. */
function historyTroubles(history: HistoryState): ProxyTrouble[] {
  const troubles: ProxyTrouble[] = [];
  if (history.kept === 'memory') {
    const id = 'history:memory';
    troubles.push({ id, key: id, cause: { kind: 'historyInMemory', history } });
  }
  if (history.setAside !== undefined) {
    const id = `history:setAside:${history.setAside}`;
    troubles.push({ id, key: id, cause: { kind: 'historySetAside', name: history.setAside } });
  }
  return troubles;
}
