import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { ClaudeCode } from '../../../src/proxy/claudeCode/claudeCode.ts';
import { ClaudeFolder } from '../../support/claudeFolder.ts';

/*
 * Whatever order proxies start, end, are killed and others edit the file in: when our entries are taken out at last, the file
 * is what its user made of it.
 */

const names = ['ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_API_KEY', 'NO_PROXY', 'OTHER'];

type Event =
  | { readonly kind: 'start'; readonly port: number }
  | { readonly kind: 'end' | 'kill' | 'configure' }
  | { readonly kind: 'set'; readonly name: string; readonly value: string }
  | { readonly kind: 'unset'; readonly name: string }
  | { readonly kind: 'other'; readonly value: number };

const anyName = fc.constantFrom(...names);
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('start' as const), port: fc.constantFrom(7860, 7861) }),
  fc.constantFrom({ kind: 'end' as const }, { kind: 'kill' as const }, { kind: 'configure' as const }),
  fc.record({ kind: fc.constant('set' as const), name: anyName, value: fc.constantFrom('a', 'b', '') }),
  fc.record({ kind: fc.constant('unset' as const), name: anyName }),
  fc.record({ kind: fc.constant('other' as const), value: fc.nat(9) }),
);

it('nothing of the user is lost or comes back, whatever happens in between', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 12 }), async (events) => {
      const folder = new ClaudeFolder(t);
      folder.write('{"env": {"ANTHROPIC_AUTH_TOKEN": "sk-own"}}', 0o600);
      const own: { env: Record<string, unknown>; other?: number } = {
        env: { ANTHROPIC_AUTH_TOKEN: 'sk-own' },
      };
      let proxy: ClaudeCode | undefined = folder.proxy();
      await proxy.configure(folder.target);
      for (const event of events) {
        switch (event.kind) {
          case 'start':
            if (proxy) break;
            proxy = folder.proxy({ port: event.port });
            await proxy.start();
            break;
          case 'configure':
            await proxy?.configure(folder.target);
            break;
          case 'end':
            await proxy?.leave();
            proxy = undefined;
            break;
          case 'kill':
            proxy = undefined;
            break;
          case 'set':
            // An edit that leaves what is there changes nothing that anybody could tell.
            if (folder.variables[event.name] === event.value) break;
            folder.edit(({ env }) => {
              env[event.name] = event.value;
            });
            own.env[event.name] = event.value;
            break;
          case 'unset':
            if (!(event.name in folder.variables)) break;
            folder.edit(({ env }) => {
              delete env[event.name];
            });
            delete own.env[event.name];
            break;
          case 'other':
            folder.edit((file) => {
              file.other = event.value;
            });
            own.other = event.value;
            break;
        }
      }
      proxy ??= folder.proxy();
      assert.deepEqual(await proxy.restore(), { ok: true });
      const left = JSON.parse(folder.text ?? '');
      assert.deepEqual({ ...left, env: left.env ?? {} }, own);
    }),
    { numRuns: 150 },
  );
});
