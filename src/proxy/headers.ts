import type { Endpoint, EndpointSecrets } from '../core/configuration.ts';
import { credentialFor } from '../core/credentials.ts';

/** Header names and values in turn, spelled and ordered as they came (`IncomingMessage.rawHeaders`). */
export type RawHeaders = readonly string[];

/** RFC 9110 §7.6.1 and RFC 9112: meant for one connection, never passed on. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The caller's credentials and what belongs to the caller's connection to us. */
const notForUpstream = new Set([
  'authorization',
  'x-api-key',
  'cookie',
  'host',
  'content-length',
  'expect',
  // The answer must be readable as it passes; a relay that compresses all the same is passed on as it is.
  'accept-encoding',
  // What it asks for is ours to give (RFC 7240 §2).
  'prefer',
]);

/** What an upstream must not be able to set on a loopback address that a browser also sees. */
const notForClient = new Set(['set-cookie', 'set-cookie2', 'alt-svc', 'clear-site-data']);

/** The pairs of a raw header list, with the name also in lower case. */
function* pairs(raw: RawHeaders): Generator<[name: string, lower: string, value: string]> {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    yield [name, name.toLowerCase(), raw[i + 1] as string];
  }
}

/** All values of a header, in order. `name` is in lower case. */
export function headerValues(raw: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (const [, lower, value] of pairs(raw)) if (lower === name) values.push(value);
  return values;
}

/** Whether a body is compressed, so that nobody can look into it; codings are named in any case (RFC 9110 §8.4.1). */
export function isEncoded(raw: RawHeaders): boolean {
  return headerValues(raw, 'content-encoding').some((coding) => coding.toLowerCase() !== 'identity');
}

/** Names that a `Connection` header declares to be hop-by-hop as well. */
function connectionListed(raw: RawHeaders): Set<string> {
  const listed = headerValues(raw, 'connection').flatMap((value) => value.split(','));
  return new Set(listed.map((name) => name.trim().toLowerCase()));
}

function isDroppedOnTheWayUp(name: string): boolean {
  return hopByHop.has(name) || notForUpstream.has(name) || name.startsWith('proxy-');
}

/** A client's headers, unchanged and in order, without those of its connection and its credentials. */
export function endToEndHeaders(client: RawHeaders): string[] {
  const listed = connectionListed(client);
  return [...pairs(client)].flatMap(([name, lower, value]) =>
    isDroppedOnTheWayUp(lower) || listed.has(lower) ? [] : [name, value],
  );
}

/**
 * The headers for an endpoint: the client's, unchanged and in order, without those of its connection and its
 * credentials, with the endpoint's own headers and key. `content-length` is that of the body we hold.
 */
export function upstreamHeaders(
  client: RawHeaders,
  endpoint: Endpoint,
  secrets: EndpointSecrets,
  bodyLength: number | undefined,
): string[] {
  const credential = credentialFor(new URL(endpoint.baseUrl).hostname, endpoint.auth, secrets.apiKey);
  const own = new Map<string, string>();
  for (const [name, value] of Object.entries(secrets.headers)) {
    if (!isDroppedOnTheWayUp(name.toLowerCase())) own.set(name.toLowerCase(), value);
  }
  for (const [name, value] of Object.entries(credential.headers)) own.set(name, value);

  const headers: string[] = [];
  let hasVersion = own.has('anthropic-version');
  const betas = headerValues(client, 'anthropic-beta').flatMap((value) => value.split(','));
  let beta = betas.some((item) => item.trim() === credential.beta) ? undefined : credential.beta;
  for (const [name, lower, value] of pairs(endToEndHeaders(client))) {
    if (own.has(lower)) continue;
    if (lower === 'anthropic-version') hasVersion = true;
    if (lower === 'anthropic-beta' && beta !== undefined) {
      headers.push(name, `${value},${beta}`);
      beta = undefined;
      continue;
    }
    headers.push(name, value);
  }
  for (const [name, value] of own) headers.push(name, value);
  if (!hasVersion) headers.push('anthropic-version', '2023-06-01');
  if (beta !== undefined) headers.push('anthropic-beta', beta);
  headers.push('accept-encoding', 'identity');
  if (bodyLength !== undefined) headers.push('content-length', String(bodyLength));
  return headers;
}

/**
 * An upstream's headers for the client: unchanged and in order, without those of the upstream's connection.
 *
 * @param isReplaced says of further headers, by lower-case name, that they are to be left out
 */
export function clientHeaders(
  upstream: RawHeaders,
  isReplaced: (name: string) => boolean = () => false,
): string[] {
  const listed = connectionListed(upstream);
  const headers: string[] = [];
  for (const [name, lower, value] of pairs(upstream)) {
    if (hopByHop.has(lower) || listed.has(lower) || notForClient.has(lower)) continue;
    if (lower.startsWith('access-control-') || isReplaced(lower)) continue;
    headers.push(name, value);
  }
  return headers;
}
