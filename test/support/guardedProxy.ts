import assert from 'node:assert/strict';
import { rawStatus } from './rawConnection.ts';
import type { Scope } from './scope.ts';
import { type ScriptedUpstream, startUpstream } from './scriptedUpstream.ts';
import { configOf, type ServedProxy, startProxy } from './servedProxy.ts';
import { plainResponse, smallMessage } from './wire.ts';

/** A proxy in front of an upstream that answers everything, for requests that must not get there. */
export interface GuardedProxy {
  readonly proxy: ServedProxy;
  readonly upstream: ScriptedUpstream;
  /** Sends a request as it is spelled and checks that it is refused with `status` and costs no upstream call. */
  refuses(status: number | undefined, lines: readonly string[], body?: string): Promise<void>;
  /** Sends a request as it is spelled and checks that it is served. */
  serves(lines: readonly string[], body?: string): Promise<void>;
  /** Header lines of a good request, without its first line; `undefined` leaves one out. */
  headers(changes?: Readonly<Record<string, string | undefined>>): string[];
}

export async function startGuardedProxy(scope: Scope): Promise<GuardedProxy> {
  const upstream = await startUpstream(scope, (exchange) => exchange.send(plainResponse('200 OK', '{}')));
  const proxy = await startProxy(scope, configOf([upstream.endpoint()]));
  return {
    proxy,
    upstream,
    refuses: async (status, lines, body = smallMessage) => {
      const before = upstream.connections;
      const seen = upstream.requests.length;
      assert.equal(await rawStatus(proxy.port, lines, body), status);
      // One good request afterwards: by then whatever the other one had caused would have arrived.
      const good = ['POST /v1/messages HTTP/1.1', ...headersOf(proxy)];
      assert.equal(await rawStatus(proxy.port, good, smallMessage), 200);
      assert.equal(upstream.requests.length, seen + 1);
      assert.ok(upstream.connections <= before + 1);
    },
    serves: async (lines, body = smallMessage) => {
      const before = upstream.requests.length;
      assert.equal(await rawStatus(proxy.port, lines, body), 200);
      assert.equal(upstream.requests.length, before + 1);
    },
    headers: (changes) => headersOf(proxy, changes),
  };
}

function headersOf(proxy: ServedProxy, changes: Readonly<Record<string, string | undefined>> = {}): string[] {
  const headers = {
    Host: `127.0.0.1:${proxy.port}`,
    'X-Api-Key': proxy.token,
    'Content-Type': 'application/json',
    'Content-Length': String(smallMessage.length),
    ...changes,
  };
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
}
