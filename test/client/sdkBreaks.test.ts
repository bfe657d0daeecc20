import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import type { Script } from '../support/scriptedUpstream.ts';
import { errorOf, question, startSdk, streaming } from '../support/sdk.ts';
import { chunk, messageStart, streamHead, textDelta } from '../support/wire.ts';

for (const [fault, script] of [
  ['ends cleanly without message_stop', streaming(messageStart, textDelta('half'))],
  [
    'is reset',
    async (exchange) => {
      await exchange.send(streamHead);
      await exchange.send(chunk(messageStart + textDelta('half')));
      exchange.socket.end(() => exchange.reset());
    },
  ],
] satisfies [string, Script][]) {
  test(`a raw iteration throws when the upstream's stream ${fault}`, async (t) => {
    const { client } = await startSdk(t, script);
    const stream = await client.messages.create({ ...question, stream: true });

    const texts: string[] = [];
    const iteration = (async () => {
      for await (const event of stream) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
          texts.push(event.delta.text);
      }
    })();

    await assert.rejects(iteration);
    assert.deepEqual(texts, ['half']);
  });
}

test('an abort closes the connection to the upstream', async (t) => {
  const { client, upstream, proxy } = await startSdk(t, async (exchange) => {
    await exchange.send(streamHead);
    await exchange.send(chunk(messageStart + textDelta('go on')));
    await exchange.closed;
  });

  const stream = client.messages.stream(question);
  stream.on('text', () => stream.abort());

  assert.ok((await errorOf(stream.finalMessage())) instanceof Anthropic.APIUserAbortError);
  await upstream.cutOff(1);
  assert.equal((await proxy.logged('attempt'))[0]?.outcome, 'clientGone');
});

test('an abort before the answer has begun closes the connection to the upstream', async (t) => {
  const { client, upstream } = await startSdk(t, (exchange) => exchange.closed);

  const abort = new AbortController();
  const created = errorOf(client.messages.create(question, { signal: abort.signal }));
  await upstream.received(1);
  abort.abort();

  assert.ok((await created) instanceof Anthropic.APIUserAbortError);
  await upstream.cutOff(1);
});
