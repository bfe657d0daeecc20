import { activeProfileOf } from '../core/configuration.ts';
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

const loopback = ',127.0.0.1,localhost';

/**
 * The variables that point clients in terminals at the proxy, or null when they must not be pointed there: a client
 * that finds `ANTHROPIC_BASE_URL` uses nothing else, so the proxy has to listen and to have an endpoint it can use.
 */
export function terminalVariables(
  { link, configuration, state }: ModelValue,
  { wanted, token, environment }: TerminalVariablesOptions,
): TerminalVariables | null {
  if (!wanted || link.kind !== 'attached' || token === undefined) return null;
  const canServe = activeProfileOf(configuration)?.endpoints.some(
    (endpoint) => endpoint.enabled && state?.endpoints[endpoint.id]?.hasKey === true,
  );
  if (!canServe) return null;
  return {
    set: {
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${link.port}`,
      ANTHROPIC_AUTH_TOKEN: token,
      CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1',
    },
    append: Object.fromEntries(exclusionsToExtend(environment).map((name) => [name, loopback])),
  };
}

/**
 * Where the hosts to reach without a corporate proxy are listed. Most programs read one of the two spellings and
 * then not the other, so a new one beside the user's would hide the user's list.
 */
function exclusionsToExtend(environment: TerminalVariablesOptions['environment']): readonly string[] {
  const spellings = ['NO_PROXY', 'no_proxy'];
  const inUse = spellings.filter((name) => environment[name]);
  return inUse.length > 0 ? inUse : spellings;
}
