import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { headerValues } from './headers.ts';
import type { OwnCondition } from './ownErrors.ts';

/** What a request asks for. The path that goes upstream is the route's own, never text of the client. */
export type RouteName = 'messages' | 'countTokens' | 'models' | 'probe' | 'hello';

/** Where the answers to kept requests are fetched: this, and an id. */
export const keptAnswersPath = '/v1/queue/';

interface RouteSpec {
  readonly name: RouteName;
  readonly method: 'POST' | 'GET' | 'HEAD';
  readonly path: string;
}

const routes: readonly RouteSpec[] = [
  { name: 'messages', method: 'POST', path: '/v1/messages' },
  { name: 'countTokens', method: 'POST', path: '/v1/messages/count_tokens' },
  { name: 'models', method: 'GET', path: '/v1/models' },
  { name: 'probe', method: 'HEAD', path: '/' },
  { name: 'hello', method: 'HEAD', path: '/api/hello' },
];

/** A request that may go on. */
export interface Admitted {
  readonly route: RouteName;
  readonly method: RouteSpec['method'];
  readonly path: string;
  /** The query as it was sent, with its question mark, or empty. */
  readonly query: string;
}

/** Somebody asks for the answer to a kept request. */
export interface AdmittedFetch {
  readonly route: 'keptAnswer';
  /** Of the request. */
  readonly id: string;
}

export type FrontDoorResult =
  | { readonly ok: true; readonly request: Admitted | AdmittedFetch }
  | { readonly ok: false; readonly refusal: OwnCondition };

export interface FrontDoorRules {
  /** The port we listen on: part of the only names that we answer to. */
  readonly port: number;
  /** The token that clients must show, or null when none is asked for. */
  readonly token: string | null;
  /** Tokens that have been replaced and are as good: clients keep the one that they were started with. */
  readonly formerTokens?: readonly string[];
}

const refused = (refusal: OwnCondition): FrontDoorResult => ({ ok: false, refusal });

/** Decides from the head of a request alone, before anything of its body is read. */
export function admit(request: IncomingMessage, rules: FrontDoorRules): FrontDoorResult {
  if (looksLikeABrowser(request)) return refused('browserRequest');
  const target = request.url ?? '';
  const hosts = headerValues(request.rawHeaders, 'host');
  // node:http itself would accept HTTP/1.0, several Hosts and absolute-form targets.
  if (request.httpVersion !== '1.1' || hosts.length !== 1 || !/^\/[^#]*$/.test(target)) {
    return refused('badTarget');
  }
  const host = hosts[0]?.toLowerCase();
  if (host !== `127.0.0.1:${rules.port}` && host !== `localhost:${rules.port}`) return refused('wrongHost');

  const questionMark = target.indexOf('?');
  const path = questionMark < 0 ? target : target.slice(0, questionMark);
  const route = routes.find((candidate) => candidate.path === path && candidate.method === request.method);
  // A client's warm-up carries no credential; the answer to this one tells nothing.
  if (
    route?.name !== 'hello' &&
    rules.token !== null &&
    !hasToken(request, [rules.token, ...(rules.formerTokens ?? [])])
  ) {
    return refused('badToken');
  }
  const keptId = request.method === 'GET' ? keptIdOf(path) : undefined;
  if (keptId !== undefined) return { ok: true, request: { route: 'keptAnswer', id: keptId } };
  if (!route) return refused('unknownRoute');
  if (route.method === 'POST' && !isJson(request)) return refused('notJson');
  const query = questionMark < 0 ? '' : target.slice(questionMark);
  return { ok: true, request: { route: route.name, method: route.method, path: route.path, query } };
}

function keptIdOf(path: string): string | undefined {
  if (!path.startsWith(keptAnswersPath)) return undefined;
  const id = path.slice(keptAnswersPath.length);
  return /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : undefined;
}

/**
 * Web pages must not reach us at all. Browsers put `Origin` on what a page sends across origins, `Sec-Fetch-Site` on
 * everything, and ask by OPTIONS before what is not simple; a rebound GET carries only its `Host`, checked later.
 */
function looksLikeABrowser(request: IncomingMessage): boolean {
  if (request.method === 'OPTIONS') return true;
  const raw = request.rawHeaders;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? '';
    if (name === 'origin' || name.startsWith('access-control-request-')) return true;
    if (name === 'sec-fetch-site' && raw[i + 1] !== 'none') return true;
  }
  return false;
}

/** True when any credential of the request is one of the tokens: clients may send a second one that is not meant for us. */
function hasToken(request: IncomingMessage, tokens: readonly string[]): boolean {
  const bearer = headerValues(request.rawHeaders, 'authorization').flatMap((value) => {
    const match = /^Bearer +(\S+) *$/i.exec(value);
    return match?.[1] === undefined ? [] : [match[1]];
  });
  const expected = tokens.map(digest);
  let found = false;
  // Every value is compared, by digests of equal length, so that time tells nothing about the token.
  for (const value of [...headerValues(request.rawHeaders, 'x-api-key'), ...bearer]) {
    const shown = digest(value);
    for (const token of expected) if (timingSafeEqual(shown, token)) found = true;
  }
  return found;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function isJson(request: IncomingMessage): boolean {
  const types = headerValues(request.rawHeaders, 'content-type');
  return types.length === 1 && /^application\/json\s*(;|$)/i.test(types[0] ?? '');
}
