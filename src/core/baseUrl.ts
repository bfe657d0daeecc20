/** Why a base URL is refused. The words for each code live in the extension layer. */
export type BaseUrlProblem =
  | 'notAUrl'
  | 'unsupportedScheme'
  | 'insecureHost'
  | 'hasCredentials'
  | 'hasQueryOrFragment'
  | 'linkLocalHost';

export type BaseUrlResult = { ok: true; baseUrl: string } | { ok: false; problem: BaseUrlProblem };

const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** True for a host name, as `URL.hostname` spells it, that never leaves this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return loopbackHost.test(hostname);
}

/**
 * Link-local addresses, among them the metadata services of cloud machines (169.254.169.254, fd00:ec2::254), also
 * where IPv6 spells an IPv4 address (::ffff:0:0/96, 64:ff9b::/96).
 */
function isLinkLocalHost(hostname: string): boolean {
  return (
    /^169\.254\./.test(hostname) ||
    /^\[(fe[89ab][0-9a-f]:|(::ffff|64:ff9b:):a9fe:|fd00:ec2::254\])/.test(hostname)
  );
}

/** What people copy along with a base URL: the beginning that all routes have, or a route of one of the two APIs. */
const behindBaseUrl = [
  '/',
  '/v1',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/models',
  '/chat/completions',
];

/**
 * Checks a base URL and brings it into the one form that is stored: no trailing slash, no trailing `/v1` and no route,
 * since relay services print all these forms and the route that is appended begins with `/v1`.
 *
 * Plain `http:` is accepted for loopback hosts only: anything else would show the key to the network.
 */
export function parseBaseUrl(text: string): BaseUrlResult {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return { ok: false, problem: 'notAUrl' };
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { ok: false, problem: 'unsupportedScheme' };
  if (url.username !== '' || url.password !== '') return { ok: false, problem: 'hasCredentials' };
  if (url.search !== '' || url.hash !== '') return { ok: false, problem: 'hasQueryOrFragment' };
  if (isLinkLocalHost(url.hostname)) return { ok: false, problem: 'linkLocalHost' };
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    return { ok: false, problem: 'insecureHost' };
  let path = url.pathname;
  // Until nothing is left to take away: what is stored is parsed again and must stay what it is.
  const rest = () => behindBaseUrl.find((suffix) => path.endsWith(suffix));
  for (let suffix = rest(); suffix !== undefined; suffix = rest()) path = path.slice(0, -suffix.length);
  return { ok: true, baseUrl: url.origin + path };
}

/** The origin (`scheme://host:port`) of a base URL that `parseBaseUrl` accepted. A key belongs to one origin. */
export function originOf(baseUrl: string): string {
  return new URL(baseUrl).origin;
}

/** Host name and port, as people know the place. */
export function hostOf(baseUrl: string): string {
  return new URL(baseUrl).host;
}

/** The path that a base URL puts before every route: empty, or beginning with a slash and not ending in one. */
export function pathPrefixOf(baseUrl: string): string {
  return new URL(baseUrl).pathname.replace(/\/+$/, '');
}

/**
 * True when the base URL leads back to the proxy itself, which would be an endless loop.
 *
 * @param ports all that the proxy listens on
 */
export function isOwnAddress(baseUrl: string, ports: readonly number[]): boolean {
  const url = new URL(baseUrl);
  return (
    url.protocol === 'http:' &&
    isLoopbackHost(url.hostname) &&
    ports.some((port) => url.port === String(port))
  );
}
