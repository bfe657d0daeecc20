import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { helloTimeoutMs, retireRequest } from '../../src/protocol/control.ts';
import { controlAddress, openHome } from '../../src/protocol/home.ts';
import { proveAsProxy } from '../../src/protocol/proof.ts';
import { PortTakenError } from '../../src/proxy/listener.ts';
import { takeOver } from '../../src/proxy/takeOver.ts';
import { freePort, temporaryHome } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';

/* The successor's side, with a holder of the port that says what a test wants. */

/** A holder of a port that answers to being asked to retire. */
async function start(t: TestContext, asked: () => boolean) {
  const { folder, remove } = temporaryHome();
  onEnd(t, remove);
  const home = openHome(folder);
  const port = await freePort();
  const server = net.createServer((socket) => {
    onEnd(t, () => socket.destroy());
    void proveAsProxy(socket, { secret: home.installSecret, port, timeoutMs: helloTimeoutMs }).then(() => {
      const connection = createMessageConnection(socket, socket);
      connection.onRequest(retireRequest, asked);
      connection.listen();
    });
  });
  server.listen(controlAddress(home, port));
  await once(server, 'listening');
  onEnd(t, () => server.close());
  return { home, port, version: '1.1.0' };
}

test('has tried the port before the holder lets go of it, so that nothing is done for the first time then', async (t) => {
  let tries = 0;
  let triesWhenAsked: number | undefined;
  const place = await start(t, () => {
    triesWhenAsked ??= tries;
    return true;
  });
  const listen = async () => {
    tries += 1;
    if (triesWhenAsked === undefined) throw new PortTakenError();
  };
  await takeOver({ ...place, listen });
  assert.ok(triesWhenAsked !== undefined && triesWhenAsked > 0, `${triesWhenAsked} tries`);
});

test('gives up as soon as the holder refuses', async (t) => {
  let questions = 0;
  const place = await start(t, () => {
    questions += 1;
    return false;
  });
  const listen = async () => {
    throw new PortTakenError();
  };
  await assert.rejects(takeOver({ ...place, listen }), PortTakenError);
  assert.equal(questions, 1);
});

test('gives up when another successor has got the port before', async (t) => {
  const answers = [true, false];
  const place = await start(t, () => answers.shift() ?? assert.fail('it asks again'));
  const listen = async () => {
    throw new PortTakenError();
  };
  await assert.rejects(takeOver({ ...place, listen }), PortTakenError);
  assert.deepEqual(answers, []);
});
