import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { call } from '../support/proxyClient.ts';
import { startUpstream } from '../support/scriptedUpstream.ts';
import { configOf, startProxy } from '../support/servedProxy.ts';
import { plainResponse } from '../support/wire.ts';

/*
 * Row 50: what a body asks for is what `JSON.parse` would say, and the body goes on as it is.
 */

const scope = { after };
const ok = plainResponse('200 OK', '{"type":"message"}', ['content-type: application/json']);
const asked = await startUpstream(scope, (exchange) => exchange.send(ok));
const other = await startUpstream(scope, (exchange) => exchange.send(ok));
const proxy = await startProxy(
  scope,
  configOf([asked.endpoint({ models: ['right'] }), other.endpoint({ models: ['wrong'] })], {
    patienceSeconds: 0,
  }),
);

const bodies: Record<string, string> = {
  'names the model twice': '{"model":"wrong","messages":[],"model":"right"}',
  'names the model after 30 MB': `{"messages":[{"role":"user","content":"${'x'.repeat(30 * 1024 * 1024)}"}],"model":"right"}`,
  'spells the key in escapes': '{"model":"wrong","\\u006dod\\u0065l":"right"}',
  'spells the model in escapes': '{"model":"\\u0072ight"}',
  'names other models deeper down': '{"a":{"model":"wrong"},"model":"right","b":[{"model":"wrong"}]}',
  'names the model in a text': '{"model":"right","system":"\\"model\\":\\"wrong\\",\\\\"}',
  'is pretty': '{\n  "model" : "right" ,\n  "messages" : [ ]\n}\n',
};

describe('row 50: the endpoint of the model serves a body that', () => {
  for (const [what, body] of Object.entries(bodies)) {
    test(what, async () => {
      const before = asked.requests.length;
      const answer = await call(proxy, { body });

      assert.equal(answer.status, 200);
      assert.equal(asked.requests.length, before + 1);
      assert.ok(asked.requests.at(-1)?.body.equals(Buffer.from(body)));
      assert.equal(other.connections, 0);
    });
  }
});

for (const [what, body] of [
  ['names no model', '{"messages":[]}'],
  ['is no object', '["model","right"]'],
  ['begins with a byte order mark', '\uFEFF{"model":"right"}'],
  ['is cut', '{"model":"rig'],
  ['is no JSON', 'model=right'],
] as const) {
  test(`row 50: a body that ${what} goes on as it is, for the endpoint to judge`, async (t) => {
    const e1 = await startUpstream(t, (exchange) => exchange.send(ok));
    const own = await startProxy(t, configOf([e1.endpoint()], { patienceSeconds: 0 }));

    assert.equal((await call(own, { body })).status, 200);
    assert.ok(e1.requests[0]?.body.equals(Buffer.from(body)));
  });
}

test('row 50: a mapped model is put into the body, and nothing else is touched', async (t) => {
  const e1 = await startUpstream(t, (exchange) => exchange.send(ok));
  const endpoint = e1.endpoint({ modelMap: { 'claude-test': 'relay/其他' } });
  const own = await startProxy(t, configOf([endpoint], { patienceSeconds: 0 }));

  await call(own, { body: '{ "x": 1e2, "model" : "claude-test","y":"\\u0041" }' });

  assert.equal(e1.requests[0]?.body.toString(), '{ "x": 1e2, "model" : "relay/其他","y":"\\u0041" }');
});
