import { checkName, maxNameLength } from '../core/configuration.ts';

/**
 * A name for a new endpoint: the host of its base URL, with a number behind it when a sibling has that name.
 *
 * @param baseUrl in the form that `parseBaseUrl` returns
 * @param taken the names of its siblings
 */
export function suggestEndpointName(baseUrl: string, taken: readonly string[]): string {
  const host = new URL(baseUrl).host;
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : ` ${number}`;
    const name = host.slice(0, maxNameLength - suffix.length) + suffix;
    if (checkName(name, taken) !== 'duplicateName') return name;
  }
}
