import { accessVariables, loopbackHosts, type ProxyAccess } from '../../core/claudeEntries.ts';

/** Shells that lines can be copied for. */
export const shells = ['posix', 'fish', 'powershell', 'cmd'] as const;
export type Shell = (typeof shells)[number];

const loopback = loopbackHosts.join(',');

/**
 * Lines that point clients in a shell at the proxy; they hold the local token. Hosts that are to be reached without a corporate
 * proxy are added to those that are there, in both spellings, since programs read one and then not the other.
 */
export function shellLines(shell: Shell, access: ProxyAccess): string {
  const variables = Object.entries(accessVariables(access));
  return [...variables.map(([name, value]) => setting[shell](name, value)), ...exclusions[shell], ''].join(
    shell === 'cmd' ? '\r\n' : '\n',
  );
}

const setting: Record<Shell, (name: string, value: string) => string> = {
  // Nothing is special between single quotes, not even a backslash; a quote itself has to leave them.
  posix: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  fish: (name, value) => `set -gx ${name} '${value.replace(/['\\]/g, '\\$&')}'`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  cmd: (name, value) => `set "${name}=${value}"`,
};

const exclusions: Record<Shell, readonly string[]> = {
  posix: [
    // Both are looked at before either is set.
    `export NO_PROXY="\${NO_PROXY:-\${no_proxy:-}}" no_proxy="\${no_proxy:-\${NO_PROXY:-}}"`,
    `export NO_PROXY="\${NO_PROXY:+$NO_PROXY,}${loopback}" no_proxy="\${no_proxy:+$no_proxy,}${loopback}"`,
  ],
  fish: [
    'test -n "$NO_PROXY"; or set -gx NO_PROXY $no_proxy',
    'test -n "$no_proxy"; or set -gx no_proxy $NO_PROXY',
    `set -gx NO_PROXY (string join , $NO_PROXY ${loopbackHosts.join(' ')})`,
    `set -gx no_proxy (string join , $no_proxy ${loopbackHosts.join(' ')})`,
  ],
  // Names of variables have no case there.
  powershell: [`$env:NO_PROXY = (@($env:NO_PROXY, '${loopback}') | Where-Object { $_ }) -join ','`],
  cmd: [`if defined NO_PROXY (set "NO_PROXY=%NO_PROXY%,${loopback}") else (set "NO_PROXY=${loopback}")`],
};
