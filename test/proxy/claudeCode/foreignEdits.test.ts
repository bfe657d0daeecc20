import assert from 'node:assert/strict';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
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

const anyMishap = fc.constantFrom(
  'start',
  'end',
  'kill',
  'configure',
  'restore',
  'lose',
  'removeKey',
  'removeToken',
);

it('no key of the user is lost with records and entries that others remove', async (t) => {
  const settings = {
    env: {
      ANTHROPIC_API_KEY: 'sk-one',
      ANTHROPIC_AUTH_TOKEN: 'sk-two',
      ANTHROPIC_BASE_URL: 'https://relay.example',
    },
  };
  const token = 't'.repeat(43);
  await fc.assert(
    fc.asyncProperty(fc.array(anyMishap, { maxLength: 14 }), async (events) => {
      const folder = new ClaudeFolder(t);
      folder.write(JSON.stringify(settings));
      let proxy: ClaudeCode | undefined = folder.proxy({ token });
      await proxy.configure(folder.target);
      let isEdited = false;
      /** Removes what we have put in the place of a key. */
      const remove = (name: string, own: string) => {
        if (folder.variables[name] !== own) return;
        isEdited = true;
        folder.edit(({ env }) => {
          delete env[name];
        });
      };
      for (const event of events) {
        switch (event) {
          case 'start':
            if (proxy) break;
            proxy = folder.proxy({ token });
            await proxy.start();
            break;
          case 'end':
            await proxy?.leave();
            proxy = undefined;
            break;
          case 'kill':
            proxy = undefined;
            break;
          case 'configure':
            await proxy?.configure(folder.target);
            break;
          case 'restore':
            await proxy?.restore();
            break;
          case 'lose':
            fs.rmSync(folder.recordPath, { force: true });
            break;
          case 'removeKey':
            remove('ANTHROPIC_API_KEY', '');
            break;
          case 'removeToken':
            remove('ANTHROPIC_AUTH_TOKEN', token);
            break;
        }
      }
      proxy ??= folder.proxy({ token });
      await proxy.configure(folder.target);
      await proxy.restore();
      const texts = folder.names.map((name) => fs.readFileSync(join(dirname(folder.file), name), 'utf8'));
      for (const value of Object.values(settings.env)) assert.ok(texts.join().includes(value), value);
      if (!isEdited) assert.deepEqual(JSON.parse(folder.text ?? ''), settings);
    }),
    { numRuns: 100 },
  );
});
