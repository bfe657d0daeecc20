import { hostOf } from '../core/baseUrl.ts';
import { freeName } from '../core/freeName.ts';

/**
 * A name for a new endpoint: the host of its base URL, with a number behind it when a sibling has that name.
 *
 * @param baseUrl in the form that `parseBaseUrl` returns
 * @param taken the names of its siblings
 */
export function suggestEndpointName(baseUrl: string, taken: readonly string[]): string {
  return freeName(hostOf(baseUrl), taken);
}
