import { accessVariables, exclusionVariables, loopbackHosts } from '../core/claudeEntries.ts';
import { enabledEndpointsOf } from '../core/configuration.ts';
import { profilesInOrder } from '../core/routing.ts';
import type { ModelValue } from './model.ts';

/** What terminals get: variables that are set, and variables that something is appended to. */
export interface TerminalVariables {
  readonly set: Readonly<Record<string, string>>;
  readonly append: Readonly<Record<string, string>>;
}

export interface TerminalVariablesOptions {
  /** Whether the user wants terminals to use the proxy. */
  readonly wanted: boolean;
  /** The local token, or undefined while it is not known. */
  readonly token: string | undefined;
  /** The environment that terminals start from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Appended to a list of hosts; where there is none, programs take no notice of the comma that it begins with. */
const loopback = `,${loopbackHosts.join(',')}`;

/** Why terminals are not pointed at the proxy. */
export type TerminalsReason = 'notWanted' | 'notAttached' | 'noEndpoint';

/**
 * The variables that point clients in terminals at the proxy, or why they must not be pointed there: a client that finds
 * `ANTHROPIC_BASE_URL` uses nothing else, so the proxy has to listen and to have an endpoint that it can use.
 */
export function terminalVariables(
  { link, configuration, state }: ModelValue,
  { wanted, token, environment }: TerminalVariablesOptions,
): TerminalVariables | TerminalsReason {
  if (!wanted) return 'notWanted';
  if (link.kind !== 'attached' || state === null || token === undefined) return 'notAttached';
  // One that only stands in for the active profile is enough.
  const canServe = profilesInOrder(configuration, state.failover.serving).some((profile) =>
    enabledEndpointsOf(profile).some(({ id }) => state.endpoints[id]?.hasKey === true),
  );
  if (!canServe) return 'noEndpoint';
  return {
    set: accessVariables({ port: link.port, token }),
    append: Object.fromEntries(exclusionsToExtend(environment).map((name) => [name, loopback])),
  };
}

/** The spellings in use, so that a new one beside the user's does not hide the user's list; both where none is. */
function exclusionsToExtend(environment: TerminalVariablesOptions['environment']): readonly string[] {
  const inUse = exclusionVariables.filter((name) => environment[name]);
  return inUse.length > 0 ? inUse : exclusionVariables;
}
