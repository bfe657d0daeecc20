import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LogEntry } from '../../src/protocol/state.ts';
import { Addresses } from '../../src/proxy/addresses.ts';
import { ControlSocket } from '../../src/proxy/controlSocket.ts';
import { gate } from '../support/gate.ts';
import { freePort } from '../support/linkedWindow.ts';
import { onEnd } from '../support/scope.ts';
import { testPlane } from '../support/testPlane.ts';
import { waitFor } from '../support/waitFor.ts';

/* Ports and control sockets of a process that moves, without windows. */

interface Setup {
  readonly forwardingMs?: number;
  /** What goes by the number of the port takes as long as this. */
  readonly moved?: () => Promise<void>;
}

/** A proxy at a port, and some ports that it can move to. */
async function start(t: TestContext, { forwardingMs = 60_000, moved = async () => undefined }: Setup = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'qcc-'));
  onEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  const { gateway, listen, drain } = testPlane();
  const home = { folder };
  const log: Omit<LogEntry, 'time'>[] = [];
  const moves: number[] = [];
  const addressOf = (port: number) => path.join(home.folder, `${port}.sock`);
  const addresses = new Addresses({
    gateway,
    socketOf: (port) =>
      new ControlSocket({
        place: () => ({ address: addressOf(port), holderFile: path.join(home.folder, `${port}.pid`) }),
        accept: (socket) => socket.end(),
        reopened: () => undefined,
        failed: () => undefined,
      }),
    moved: async (port) => {
      moves.push(port);
      await moved();
    },
    log: (entry) => log.push(entry),
    forwardingMs,
  });
  const ports = await freePorts(7);
  const [port] = ports as [number];
  await listen(port);
  await addresses.open();
  onEnd(t, () => {
    addresses.close();
    return drain(0);
  });
  const isAt = (to: number) => waitFor(`it is at ${to}`, () => moves.at(-1) === to || undefined, 10_000, 5);
  return { addresses, gateway, drain, home, addressOf, log, moves, ports: ports as Ports, isAt };
}

type Ports = [number, number, number, number, number, number, number];

/** Different ports: one that was free a moment ago can be handed out again. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

const isFree = (port: number): Promise<boolean> =>
  freePort(port).then(
    () => true,
    () => false,
  );

test('it stays where windows want different ports, any port, or the one it has, and where there is no window', async (t) => {
  const { addresses, gateway, ports, moves } = await start(t);
  const [here, there, elsewhere] = ports;
  for (const wanted of [
    [],
    [here],
    [here, here],
    [there, here],
    [here, there],
    [there, elsewhere],
    [0],
    [0, 0],
    [there, 0],
  ]) {
    addresses.wanted(wanted);
    // Whatever that began is over by then, since one thing is done at a time.
    assert.equal(await addresses.wantedBack(here), true);
    assert.equal(gateway.port, here, `[${wanted}]`);
  }
  assert.deepEqual(moves, []);
});

test('it has the port, its control socket and the former ones when all want another', async (t) => {
  const { addresses, gateway, ports, isAt, addressOf, log } = await start(t);
  const [here, there] = ports;
  addresses.wanted([there, there]);
  await isAt(there);
  assert.equal(gateway.port, there);
  assert.deepEqual([...gateway.ports].sort(), [here, there].sort());
  for (const port of [here, there]) assert.ok(existsSync(addressOf(port)));
  assert.deepEqual(log, [{ level: 'info', event: 'moved', port: there, pid: process.pid }]);
});

test('a port that it left, with its control socket, is free when the time is over', async (t) => {
  const { addresses, ports, isAt, addressOf } = await start(t, { forwardingMs: 200 });
  const [here, there] = ports;
  addresses.wanted([there]);
  await isAt(there);
  assert.equal(await isFree(here), false);
  await waitFor('it is free', async () => (await isFree(here)) || undefined, 10_000, 20);
  assert.ok(!existsSync(addressOf(here)));
  assert.ok(existsSync(addressOf(there)));
  assert.equal(await isFree(there), false);
});

test('a port that it left and came back to stays, however long ago it was left', async (t) => {
  const { addresses, ports, isAt, addressOf, gateway } = await start(t, { forwardingMs: 200 });
  const [here, there] = ports;
  for (const port of [there, here]) {
    addresses.wanted([port]);
    await isAt(port);
  }
  await waitFor('the other one is free', async () => (await isFree(there)) || undefined, 10_000, 20);
  assert.equal(gateway.port, here);
  assert.equal(await isFree(here), false);
  assert.ok(existsSync(addressOf(here)));
});

test('few ports are held, however often it moves', async (t) => {
  const { addresses, ports, isAt, gateway, addressOf } = await start(t);
  for (const port of ports.slice(1)) {
    addresses.wanted([port]);
    await isAt(port);
  }
  assert.deepEqual(gateway.ports, ports.slice(-5));
  assert.deepEqual(
    ports.map((port) => existsSync(addressOf(port))),
    ports.map((port) => gateway.ports.includes(port)),
  );
});

test('of wishes that come while it moves the last one is fulfilled', async (t) => {
  const under = gate();
  const { addresses, ports, isAt, moves } = await start(t, { moved: () => under.opened });
  const [, first, second, third] = ports;
  addresses.wanted([first]);
  await isAt(first);
  for (const port of [second, third]) addresses.wanted([port]);
  under.open();
  await isAt(third);
  assert.deepEqual(moves, [first, third]);
});

test('whoever comes by a port that was left gets it for himself while others want it to stay away', async (t) => {
  const { addresses, ports, isAt, addressOf } = await start(t);
  const [here, there] = ports;
  addresses.wanted([there]);
  await isAt(there);
  assert.equal(await addresses.wantedBack(here), false);
  assert.equal(await isFree(here), true);
  assert.ok(!existsSync(addressOf(here)));
});

test('nobody gets a port before what goes by its number has moved', async (t) => {
  const kept = gate();
  const { addresses, ports, isAt } = await start(t, { moved: () => kept.opened });
  const [here, there] = ports;
  addresses.wanted([there]);
  await isAt(there);
  const got = addresses.wantedBack(here);
  assert.equal(await isFree(here), false);
  kept.open();
  assert.equal(await got, false);
  assert.equal(await isFree(here), true);
});

test('a port that another program holds is told with its code, and tried again when it is wanted again', async (t) => {
  const { addresses, gateway, ports, isAt, log, addressOf } = await start(t);
  const [here, there] = ports;
  const foreign = net.createServer();
  await new Promise<void>((resolve) => foreign.listen(there, '127.0.0.1', resolve));
  addresses.wanted([there]);
  assert.equal(await addresses.wantedBack(there), false);
  const told = { level: 'warn', event: 'notMoved', port: there, code: 'EADDRINUSE' };
  assert.deepEqual(log, [told, told]);
  assert.deepEqual([gateway.port, existsSync(addressOf(there))], [here, false]);
  await new Promise((resolve) => foreign.close(resolve));
  addresses.wanted([there]);
  await isAt(there);
});

test('it stays, and holds no other port, where it cannot have a control socket', async (t) => {
  const { addresses, gateway, ports, home, log } = await start(t);
  const [here, there] = ports;
  const { folder } = home;
  home.folder = path.join(folder, 'missing');
  addresses.wanted([there]);
  assert.equal(await addresses.wantedBack(there), false);
  assert.equal(gateway.port, here);
  assert.deepEqual(gateway.ports, [here]);
  assert.ok(log.every(({ event, code }) => event === 'notMoved' && typeof code === 'string'));
});

test('once it is over it goes nowhere, and has no control socket at any of its addresses', async (t) => {
  const { addresses, gateway, ports, isAt, addressOf, drain } = await start(t);
  const [here, there, elsewhere] = ports;
  addresses.wanted([there]);
  await isAt(there);
  addresses.close();
  addresses.wanted([elsewhere]);
  assert.equal(await addresses.wantedBack(here), false);
  for (const port of [here, there, elsewhere]) assert.ok(!existsSync(addressOf(port)));
  await drain(0);
  assert.equal(gateway.port, there);
  for (const port of [here, there, elsewhere]) assert.equal(await isFree(port), true);
});

test('when it is to stay, a move that is under way is waited for, and no other one begins', async (t) => {
  const under = gate();
  const { addresses, ports, moves, isAt, gateway } = await start(t, { moved: () => under.opened });
  addresses.wanted([ports[1]]);
  await isAt(ports[1]);
  addresses.wanted([ports[2]]);
  let isOver = false;
  const stays = addresses.stay().then(() => {
    isOver = true;
  });
  addresses.wanted([ports[3]]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!isOver);
  under.open();
  await stays;
  assert.deepEqual([moves, gateway.port], [[ports[1]], ports[1]]);
});

test('nothing is left of a move that it ends in the middle of', async (t) => {
  const { addresses, ports, addressOf, drain, moves } = await start(t);
  const [here, there] = ports;
  addresses.wanted([there]);
  const turn = addresses.wantedBack(there);
  addresses.close();
  await drain(0);
  await turn;
  for (const port of [here, there]) {
    assert.ok(!existsSync(addressOf(port)));
    assert.equal(await isFree(port), true);
  }
  assert.deepEqual(moves, []);
});
