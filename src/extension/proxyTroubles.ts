import { enabledEndpointsOf } from '../core/configuration.ts';
import { profilesInOrder } from '../core/routing.ts';
import { compareVersions } from '../core/versionOrder.ts';
import type { ClaudeCodeProblem, ClaudeCodeState } from '../protocol/clients.ts';
import type { HistoryState, ProxyState } from '../protocol/state.ts';
import { version } from '../protocol/version.ts';
import type { ClaimedNotice } from './claimedNotices.ts';
import { endpointTroubles } from './endpointTroubles.ts';
import type { ModelValue } from './model.ts';
import { healthOf } from './views/health.ts';
import { servingOf } from './views/serving.ts';

/** Trouble of the proxy as a whole that does not end before somebody does something about it. */
export interface ProxyTrouble extends ClaimedNotice {
  readonly cause:
    | { readonly kind: 'failedOver'; readonly chosen: string; readonly standIn: string }
    | { readonly kind: 'noneServes' }
    | { readonly kind: 'historyInMemory'; readonly history: HistoryState }
    | {
        readonly kind: 'otherVersion';
        readonly running: string;
        readonly own: string;
        readonly isNewer: boolean;
      }
    | { readonly kind: 'claudeCodeNotWritten'; readonly file: string; readonly problem: ClaudeCodeProblem };
}

/** What runs in a window. */
export interface Build {
  readonly version: string;
  /** Since when, in milliseconds since 1970. */
  readonly loadedAt: number;
}

const thisBuild: Build = { version, loadedAt: Date.now() };

/**
 * Everything of that kind. A profile that comes back by itself when it passes its checks is none: status bar, tree and
 * log tell of it. It is one where the user has switched recovery off and so has to switch back.
 *
 * @param own what runs in this window
 */
export function proxyTroubles(value: ModelValue, own: Build = thisBuild): ProxyTrouble[] {
  const { state } = value;
  if (state === null) return [];
  return [
    ...failoverTroubles(value),
    ...noneServes(value, state),
    ...historyTroubles(state.history),
    ...claudeCodeTroubles(state.claudeCode),
    ...versionTroubles(state, own),
  ];
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

/**
 * Nothing can serve, which may be told of no endpoint by itself, and is nobody's wish. The episode lasts until something
 * is served.
 */
function noneServes(value: ModelValue, { endpoints, startedAt }: ProxyState): ProxyTrouble[] {
  if (healthOf(value) !== 'failing') return [];
  const told = new Set(endpointTroubles(value).map(({ endpoint }) => endpoint.id));
  const all = profilesInOrder(value.configuration).flatMap(enabledEndpointsOf);
  if (!all.some(({ id }) => endpoints[id]?.hasKey && !told.has(id))) return [];
  const servedAt = Math.max(startedAt, ...all.map(({ id }) => endpoints[id]?.servedAt ?? 0));
  const id = `noneServes:${value.configuration.activeProfile}`;
  return [{ id, key: `${id}:${Math.round(servedAt / 60_000)}`, cause: { kind: 'noneServes' } }];
}

/** The process that a history belongs to remembers what has been told. What was lost of it needs nobody. */
function historyTroubles(history: HistoryState): ProxyTrouble[] {
  if (history.kept === 'file') return [];
  const id = 'history:memory';
  return [{ id, key: id, cause: { kind: 'historyInMemory', history } }];
}

/** Claude Code is to go through the proxy and does not, since its settings file could not be written. */
function claudeCodeTroubles(claudeCode: ClaudeCodeState | null): ProxyTrouble[] {
  if (!claudeCode?.problem || claudeCode.isWritten) return [];
  const { file, problem } = claudeCode;
  const id = `claudeCode:${problem.code}`;
  return [{ id, key: id, cause: { kind: 'claudeCodeNotWritten', file, problem } }];
}

/**
 * One window of each build is told. A newer proxy is never replaced unasked, and an older one only stays if it had to.
 * That the extension was updated while a window was open is one thing, that an older one was installed after that
 * another: the second is told although the first was.
 */
function versionTroubles({ version: running, startedAt }: ProxyState, own: Build): ProxyTrouble[] {
  const order = compareVersions(running, own.version);
  if (order === 0) return [];
  const id = `version:${running}:${own.version}:${own.loadedAt < startedAt ? 'updated' : 'installed'}`;
  const cause = { kind: 'otherVersion', running, own: own.version, isNewer: order > 0 } as const;
  return [{ id, key: id, cause }];
}
