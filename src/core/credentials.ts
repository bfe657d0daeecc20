import type { AuthStyle } from './configuration.ts';

/** The beta that Anthropic's API requires on requests that carry an OAuth token instead of an API key. */
const oauthBeta = 'oauth-2025-04-20';

/** What an endpoint's key adds to a request. */
export interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  /** A value that `anthropic-beta` has to contain, or undefined. */
  readonly beta: string | undefined;
}

/**
 * The headers that carry a key. `auto`: api.anthropic.com gets the one header that belongs to the kind of key;
 * every other host gets both, because relay services read one or the other and ignore what they do not know.
 */
export function credentialFor(hostname: string, auth: AuthStyle, apiKey: string): Credential {
  const isOAuthToken = apiKey.startsWith('sk-ant-oat');
  const bearer = { authorization: `Bearer ${apiKey}` };
  const xApiKey = { 'x-api-key': apiKey };
  const beta = isOAuthToken ? oauthBeta : undefined;
  switch (auth) {
    case 'bearer':
      return { headers: bearer, beta };
    case 'x-api-key':
      return { headers: xApiKey, beta };
    case 'both':
      return { headers: { ...bearer, ...xApiKey }, beta };
    case 'auto':
      if (isOAuthToken) return { headers: bearer, beta };
      if (hostname === 'api.anthropic.com') return { headers: xApiKey, beta };
      return { headers: { ...bearer, ...xApiKey }, beta };
  }
}
