import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { endpointDefaults } from '../../src/core/configuration.ts';
import {
  addEndpoint,
  addProfile,
  type EndpointFields,
  editProfile,
} from '../../src/core/configurationEdits.ts';
import { proxyRequests } from '../../src/extension/proxyLink/proxyRequests.ts';
import { controlAddress, openHome } from '../../src/protocol/home.ts';
import { documentOf } from '../support/contents.ts';
import {
  freePort,
  LinkedWindow,
  proxiesOf,
  type SharedStore,
  temporaryHome,
} from '../support/linkedWindow.ts';
import { waitFor } from '../support/waitFor.ts';

const deafWindow = fileURLToPath(new URL('../support/deafWindow.ts', import.meta.url));
const isLinux = process.platform === 'linux';

describe('the link between windows and the proxy process', () => {
  let home: ReturnType<typeof temporaryHome>;
  let port: number;
  let windows: LinkedWindow[];
  const homes: ReturnType<typeof temporaryHome>[] = [];

  beforeEach(async () => {
    home = temporaryHome();
    homes.push(home);
    port = await freePort();
    windows = [];
  });
  afterEach(async () => {
    const attached = windows.find((window) => window.status?.kind === 'attached');
    await attached?.link.stop();
    await Promise.all(windows.map((window) => window.link.dispose()));
  });
  after(() => {
    for (const { remove } of homes) remove();
  });

  const open = (options: { store?: SharedStore; script?: string; start?: boolean } = {}): LinkedWindow => {
    const window = new LinkedWindow({ home: home.folder, port, ...options });
    windows.push(window);
    if (options.start !== false) window.link.start(true);
    return window;
  };

  it('starts a proxy, and a second window attaches to the same one', async () => {
    const first = open();
    const pid = await first.proxyPid();
    const second = open();
    assert.equal(await second.proxyPid(), pid);
    await waitFor('both windows are counted', () => first.state?.windows === 2 || undefined);
    if (isLinux) assert.deepEqual(proxiesOf(home.folder), [pid]);
  });

  it('is handed a key for kept requests where it has none, and brings the one that it has', async () => {
    const first = open();
    const key = await waitFor('the window has a key', () => first.store.queueKey);
    assert.match(key, /^[A-Za-z0-9_-]{43}$/);
    await first.link.restart();
    const second = open({ store: { document: null, saves: 0 } });
    // The new proxy has the key from the first window, and hands it to one that came without.
    assert.equal(await waitFor('the second window has a key', () => second.store.queueKey), key);
    assert.equal(first.store.queueKey, key);
  });

  it('answers nothing while no proxy is attached, and asks the one that is', async () => {
    const window = open({ start: false });
    const requests = proxyRequests(window.link);
    assert.equal(await requests.queue(), undefined);
    assert.equal(await requests.check('nobody'), undefined);
    await window.link.attach();
    assert.deepEqual(await requests.queue(), []);
    assert.deepEqual(await requests.switches(), []);
    assert.deepEqual(await requests.checks('nobody'), []);
    assert.deepEqual((await requests.totals({ from: 0, to: Date.now() }))?.byEndpoint, []);
    assert.equal(await requests.check('nobody'), null);
    assert.equal(await requests.returnToActive(), false);
    assert.equal(await requests.queueResult('nobody'), null);
    assert.equal(await requests.retry('nobody'), 'gone');
    assert.equal(await requests.retryAll(), 0);
    assert.equal(await requests.removeQueued('nobody'), false);
    assert.equal(await requests.clearQueue(), 0);
  });

  it('ends up with one proxy when two windows start at the same time, twenty times', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [a, b] = [open(), open()];
      const pids = await Promise.all([a.proxyPid(), b.proxyPid()]);
      assert.equal(pids[0], pids[1], `round ${round}`);
      if (isLinux) {
        await waitFor('one process is left', () => proxiesOf(home.folder).length === 1 || undefined);
      }
      await a.link.stop();
      await Promise.all([a.link.dispose(), b.link.dispose()]);
    }
  });

  it('shows what is stored while there is no proxy, and a change before it is stored', async () => {
    const document = documentOf(3, [{ id: 'p', endpoints: [{ id: 'a' }] }]);
    const window = open({ store: { document, saves: 0 }, start: false });
    window.link.start(false);
    await window.reaches('stopped');
    assert.deepEqual(window.documents, [document]);
    await window.link.attach();
    let release: (() => void) | undefined;
    window.storeAccess.save = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const edited = window.link.edit(editProfile('p', { name: 'Renamed', description: '' }));
    const shown = await waitFor('the change is shown', () =>
      window.documents.find(({ revision }) => revision === 4),
    );
    assert.equal(shown.configuration.profiles[0]?.name, 'Renamed');
    await waitFor('it is being stored', () => release);
    release?.();
    assert.deepEqual(await edited, { ok: true });
  });

  it('brings a killed proxy back, once, with the profiles and keys of the windows', async () => {
    const store: SharedStore = { document: null, saves: 0 };
    const [a, b] = [open({ store }), open({ store })];
    const pid = await a.proxyPid();
    await b.proxyPid();
    assert.deepEqual(await a.link.edit(addProfile({ id: 'p', name: 'Work', description: '' })), { ok: true });
    const added = await a.link.edit(addEndpoint('p', 'e', endpoint, { apiKey: 'sk-1', headers: {} }));
    assert.deepEqual(added, { ok: true });
    process.kill(pid, 'SIGKILL');
    const isNew = (window: LinkedWindow) =>
      window.state && window.state.pid !== pid ? window.state : undefined;
    const [first, second] = await Promise.all([
      waitFor('a new proxy for the first window', () => isNew(a)),
      waitFor('a new proxy for the second window', () => isNew(b)),
    ]);
    assert.equal(first.pid, second.pid);
    await waitFor('the key is there again', () => a.state?.endpoints.e?.hasKey || undefined);
    if (isLinux) await waitFor('one process is left', () => proxiesOf(home.folder).length === 1 || undefined);
  });

  it('lets two windows change the configuration at the same moment without losing either change', async () => {
    const [a, b] = [open(), open()];
    await Promise.all([a.reaches('attached'), b.reaches('attached')]);
    const names = Array.from({ length: 10 }, (_, index) => `profile ${index}`);
    const outcomes = await Promise.all(
      names.map((name, index) =>
        (index % 2 ? a : b).link.edit(addProfile({ id: `p${index}`, name, description: '' })),
      ),
    );
    assert.ok(outcomes.every((outcome) => outcome.ok));
    for (const window of [a, b]) {
      const stored = await waitFor('the store has all profiles', () =>
        window.store.document?.configuration.profiles.length === 10 ? window.store.document : undefined,
      );
      assert.deepEqual(stored.configuration.profiles.map(({ name }) => name).sort(), names);
    }
    assert.deepEqual(a.store.document, b.store.document);
  });

  it('has the change in the own store when an edit is acknowledged', async () => {
    const window = open();
    await window.reaches('attached');
    assert.deepEqual(await window.link.edit(addProfile({ id: 'p', name: 'Work', description: '' })), {
      ok: true,
    });
    assert.equal(window.store.document?.configuration.profiles[0]?.name, 'Work');
  });

  it('gets keys from the window that can read them, when one without was first', async () => {
    const document = documentOf(3, [{ id: 'p', endpoints: [{ id: 'a' }] }]);
    const locked = open({ store: { document: { ...document, secrets: {} }, saves: 0 } });
    await locked.reaches('attached');
    const unlocked = open({ store: { document, saves: 0 } });
    await waitFor('the key is there', () => unlocked.state?.endpoints.a?.hasKey || undefined);
    assert.deepEqual(await locked.link.edit(editProfile('p', { name: 'Renamed', description: '' })), {
      ok: true,
    });
    assert.deepEqual(locked.store.document?.secrets, document.secrets);
    await waitFor('all have it', () => unlocked.store.document?.revision === 4 || undefined);
    assert.deepEqual(unlocked.store.document?.secrets, document.secrets);
  });

  it('resets an endpoint, and says when there is none, or no proxy', async () => {
    const window = open({
      store: { document: documentOf(3, [{ id: 'p', endpoints: [{ id: 'a' }] }]), saves: 0 },
    });
    assert.deepEqual(await window.link.resetEndpoint('a'), { ok: false, problem: 'notAttached' });
    await window.reaches('attached');
    assert.deepEqual(await window.link.resetEndpoint('a'), { ok: true });
    assert.deepEqual(await window.link.resetEndpoint('b'), { ok: false, problem: 'endpointGone' });
  });

  it('lets one window tell of a trouble, whoever asks first', async () => {
    const [a, b] = [open(), open()];
    assert.equal(await a.link.claimNotice('trouble'), false);
    await Promise.all([a.reaches('attached'), b.reaches('attached')]);
    const claims = [a, b, a].map(({ link }) => link.claimNotice('trouble'));
    assert.deepEqual((await Promise.all(claims)).sort(), [false, false, true]);
    assert.equal(await b.link.claimNotice('another trouble'), true);
  });

  it('takes a reset whose proxy is killed in the middle for none', async () => {
    const window = open();
    const pid = await window.proxyPid();
    process.kill(pid, 'SIGSTOP');
    const reset = window.link.resetEndpoint('a');
    process.kill(pid, 'SIGKILL');
    assert.deepEqual(await reset, { ok: false, problem: 'notAttached' });
  });

  it('is told by all windows, under load and twenty times, when it stops for a restart', async () => {
    const group = [open(), open(), open(), open(), open()];
    const [first] = group as [LinkedWindow, ...LinkedWindow[]];
    await Promise.all(group.map((window) => window.reaches('attached')));
    for (let round = 0; round < 20; round += 1) {
      const pid = await first.proxyPid();
      await Promise.all([
        first.link.restart(),
        ...Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)),
      ]);
      // A window that had missed the goodbye would wait for the old process, for as long as that lives.
      await Promise.all(
        group.map((window) =>
          waitFor(
            'the window is with the next process',
            () => (window.state && window.state.pid !== pid) || undefined,
            5_000,
          ),
        ),
      );
    }
  });

  it('tells the user when it ends again and again', async () => {
    const window = open();
    let pid = await window.proxyPid();
    for (let round = 0; round < 3; round += 1) {
      process.kill(pid, 'SIGKILL');
      if (round < 2) {
        const before = pid;
        pid = await waitFor('the next process', () =>
          window.state?.pid !== before ? window.state?.pid : undefined,
        );
      }
    }
    await waitFor('it is told', () => window.statuses.some(({ kind }) => kind === 'crashing') || undefined);
    await window.reaches('attached');
  });

  it('stays stopped when that was asked for while it was being attached', async () => {
    const window = open({ start: false });
    const { load } = window.storeAccess;
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isLoading = false;
    window.storeAccess.load = async () => {
      isLoading = true;
      await held;
      return load();
    };
    window.link.start(true);
    await waitFor('the keyring asks', () => isLoading || undefined);
    await window.link.stop();
    release?.();
    await window.reaches('stopped');
    if (isLinux) await waitFor('no process is left', () => proxiesOf(home.folder).length === 0 || undefined);
  });

  it('finishes an edit whose proxy is killed in the middle', async () => {
    const window = open();
    const pid = await window.proxyPid();
    process.kill(pid, 'SIGKILL');
    const outcome = await window.link.edit(addProfile({ id: 'p', name: 'Work', description: '' }));
    assert.deepEqual(outcome, { ok: true });
    assert.equal(window.store.document?.configuration.profiles.length, 1);
  });

  it('does not change anything when the store of another editor is in force', async () => {
    const first = open();
    await first.link.attach();
    await first.link.edit(addProfile({ id: 'p', name: 'Work', description: '' }));
    const document = {
      ...(first.store.document as NonNullable<SharedStore['document']>),
      storeId: 'other',
      revision: 99,
    };
    const other = open({ store: { document, saves: 0 } });
    await other.reaches('otherStore');
    const outcome = await other.link.edit(addProfile({ id: 'x', name: 'X', description: '' }));
    assert.deepEqual(outcome, { ok: false, problem: 'otherStore' });
    assert.equal(other.store.document, document);
    assert.equal(other.store.saves, 0);
    assert.notEqual(first.store.document?.storeId, 'other');
  });

  it('refuses a copy of its own store that was changed elsewhere meanwhile', async () => {
    const first = open();
    await first.link.attach();
    await first.link.edit(addProfile({ id: 'p', name: 'Work', description: '' }));
    const document = first.store.document as NonNullable<SharedStore['document']>;
    const elsewhere = { ...document, lineage: [...document.lineage.slice(0, -1), 'elsewhere'] };
    const other = open({ store: { document: elsewhere, saves: 0 } });
    await other.reaches('otherStore');
    assert.equal(first.store.document, document);
    assert.equal(other.store.document, elsewhere);
  });

  it('lets an empty store give way to one that has something', async () => {
    const empty = open();
    await empty.reaches('attached');
    const document = documentOf(5, [{ id: 'p', endpoints: [{ id: 'a' }] }]);
    const full = open({ store: { document, saves: 0 } });
    await full.reaches('attached');
    await waitFor('the empty window has taken over', () => empty.store.document?.revision === 5 || undefined);
    assert.equal(full.store.saves, 0);
  });

  it('ends although a window does not read what it is told', { skip: !isLinux }, async () => {
    const window = open();
    const pid = await window.proxyPid();
    const deaf = spawn(process.execPath, [deafWindow, home.folder, String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(deaf.stdout, 'data');
    deaf.kill('SIGSTOP');
    try {
      // Refused requests are logged to every window; these fill what lies between.
      for (let i = 0; i < 40; i += 1) {
        await Promise.all(
          Array.from({ length: 100 }, () => fetch(`http://127.0.0.1:${port}/`).then((it) => it.text())),
        );
      }
      process.kill(pid, 'SIGTERM');
      await waitFor('the process has ended', () => !proxiesOf(home.folder).includes(pid) || undefined);
    } finally {
      deaf.kill('SIGKILL');
    }
  });

  it('goes on after an error that nobody expected', async () => {
    let broken = true;
    const window = open({ start: false });
    const { load } = window.storeAccess;
    window.storeAccess.load = async () => {
      if (broken) throw new Error('the store is broken');
      return load();
    };
    window.link.start(true);
    await window.reaches('crashing');
    assert.equal(window.errors.length > 0, true);
    broken = false;
    assert.equal(await window.link.attach(), true);
  });

  it('takes over with its own configuration once the other editor is closed', async () => {
    const first = open();
    await first.link.attach();
    await first.link.edit(addProfile({ id: 'p', name: 'Work', description: '' }));
    const document = { ...(first.store.document as NonNullable<SharedStore['document']>), storeId: 'other' };
    const other = open({ store: { document, saves: 0 } });
    await other.reaches('otherStore');
    await first.link.dispose();
    await other.reaches('attached', 30_000);
    assert.equal(first.store.document?.storeId === 'other', false);
    assert.equal(other.store.document?.storeId, 'other');
  });

  it('stops for all windows and is not started again until somebody asks', async () => {
    const [a, b] = [open(), open()];
    const pid = await a.proxyPid();
    await b.reaches('attached');
    await a.link.stop();
    await Promise.all([a.reaches('stopped'), b.reaches('stopped')]);
    if (isLinux) await waitFor('no process is left', () => proxiesOf(home.folder).length === 0 || undefined);
    assert.equal(await b.link.attach(), true);
    assert.notEqual(await b.proxyPid(), pid);
    // The other window follows without being asked.
    await a.reaches('attached');
  });

  it('restarts into a new process', async () => {
    const window = open();
    const pid = await window.proxyPid();
    await window.link.restart();
    const next = await waitFor('a new process', () =>
      window.state?.pid !== pid ? window.state?.pid : undefined,
    );
    assert.notEqual(next, pid);
  });

  it('follows another window without starting a proxy of its own', async () => {
    const follower = open({ start: false });
    follower.link.start(false);
    await follower.reaches('stopped');
    if (isLinux) assert.deepEqual(proxiesOf(home.folder), []);
    await open().reaches('attached');
    await follower.reaches('attached');
  });

  it('says that the port is taken by a foreign program, and recovers when it is free again', async () => {
    const foreign = net.createServer();
    await new Promise<void>((resolve) => foreign.listen(port, '127.0.0.1', resolve));
    const window = open();
    await window.reaches('portTaken');
    await new Promise((resolve) => foreign.close(resolve));
    assert.equal(await window.link.attach(), true);
  });

  it('moves to another state folder when the setting changes, and takes the configuration along', async () => {
    const window = open();
    const pid = await window.proxyPid();
    await window.link.edit(addProfile({ id: 'p', name: 'Work', description: '' }));
    const other = temporaryHome();
    homes.push(other);
    window.home = other.folder;
    await window.link.settingsChanged();
    await waitFor('another proxy is attached', () => (window.state && window.state.pid !== pid) || undefined);
    if (isLinux) assert.deepEqual(proxiesOf(other.folder), [window.state?.pid]);
    assert.equal(window.store.document?.configuration.profiles.length, 1);
  });

  it('ends by itself some seconds after the last window is gone, and leaves no socket behind', {
    skip: !isLinux,
  }, async () => {
    const window = open();
    await window.reaches('attached');
    const address = controlAddress(openHome(home.folder), port);
    assert.ok(existsSync(address));
    await window.link.dispose();
    await waitFor('the process has ended', () => proxiesOf(home.folder).length === 0 || undefined, 15_000);
    assert.ok(!existsSync(address));
  });

  it('keeps the proxy through a reload of the only window', async () => {
    const window = open();
    const pid = await window.proxyPid();
    await window.link.dispose();
    assert.equal(await open({ store: window.store }).proxyPid(), pid);
  });

  it('opens the control socket again when its file is deleted', async () => {
    const window = open();
    const pid = await window.proxyPid();
    rmSync(controlAddress(openHome(home.folder), port));
    await waitFor(
      'it is reported',
      () => window.log.some(({ event }) => event === 'controlReopened') || undefined,
    );
    assert.equal(await open().proxyPid(), pid);
  });

  it('tells a squatter on the control socket neither token nor keys', async () => {
    const { token } = openHome(home.folder);
    const received: Buffer[] = [];
    const squatter = net.createServer((socket) => {
      socket.on('data', (chunk) => {
        received.push(chunk);
        // Whatever it answers, it does not know the install secret.
        socket.write(Buffer.alloc(64, 7));
      });
      socket.on('error', () => socket.destroy());
    });
    const holder = net.createServer();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    await new Promise<void>((resolve) =>
      squatter.listen(controlAddress(openHome(home.folder), port), resolve),
    );
    const window = open();
    await window.reaches('portTaken');
    const bytes = Buffer.concat(received);
    assert.ok(bytes.length > 0 && bytes.length % 32 === 0, 'nonces only');
    assert.ok(!bytes.toString('latin1').includes(token));
    squatter.close();
    holder.close();
  });

  it('gives the process a home of its own modes, and no secret in its arguments or environment', {
    skip: !isLinux,
  }, async () => {
    process.env.QCC_CANARY = 'canary';
    const window = open();
    const pid = await window.proxyPid();
    delete process.env.QCC_CANARY;
    const { token, installSecret } = openHome(home.folder);
    const exposed =
      readFileSync(`/proc/${pid}/environ`, 'utf8') + readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    for (const secret of [token, installSecret.toString('base64url'), 'canary', 'NODE_OPTIONS', 'VSCODE_']) {
      assert.ok(!exposed.includes(secret), secret);
    }
    assert.equal(statSync(home.folder).mode & 0o777, 0o700);
    for (const name of ['token', 'install-secret', `proxy-${port}.log`]) {
      assert.equal(statSync(path.join(home.folder, name)).mode & 0o777, 0o600, name);
    }
    assert.equal(statSync(controlAddress(openHome(home.folder), port)).mode & 0o777, 0o600);
  });

  it('says that the process keeps crashing, with the log that tells why', async () => {
    const window = open({ script: path.join(home.folder, 'missing.cjs') });
    await window.reaches('crashing');
    assert.equal(await window.link.attach(), false);
    const status = window.status;
    assert.ok(status?.kind === 'crashing');
    assert.match(readFileSync(status.logPath, 'utf8'), /missing\.cjs/);
  });

  describe('with a running stream', () => {
    /** As far as the proxy holds an answer back. */
    const start = ['message_start', 'content_block_start']
      .map((type) => `event: ${type}\ndata: {"type":"${type}","index":0,"content_block":{"type":"text"}}\n\n`)
      .join('');
    const pieces = Array.from({ length: 8 }, (_, index) => `event: ping\ndata: {"n":${index}}\n\n`);
    const end = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    let upstream: http.Server;
    let baseUrl: string;
    let responses: http.ServerResponse[];

    beforeEach(async () => {
      responses = [];
      upstream = http.createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(start);
        responses.push(response);
      });
      await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
      baseUrl = `http://127.0.0.1:${(upstream.address() as net.AddressInfo).port}`;
    });
    afterEach(() => upstream.close());

    const ask = (): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': openHome(home.folder).token },
        body: '{"stream":true}',
      });

    const openServing = async (): Promise<LinkedWindow> => {
      const window = open();
      await window.reaches('attached');
      await window.link.edit(addProfile({ id: 'p', name: 'Work', description: '' }));
      await window.link.edit(
        addEndpoint('p', 'e', { ...endpoint, baseUrl }, { apiKey: 'sk-1', headers: {} }),
      );
      return window;
    };

    it('does not break it when the windows go and come back', async () => {
      const window = await openServing();
      const received = (await ask()).text();
      responses[0]?.write(pieces[0]);
      await window.link.dispose();
      for (const piece of pieces.slice(1, 4)) responses[0]?.write(piece);
      await open({ store: window.store }).reaches('attached');
      for (const piece of pieces.slice(4)) responses[0]?.write(piece);
      responses[0]?.end(end);
      assert.equal(digest(await received), digest(start + pieces.join('') + end));
    });

    it('finishes it over a restart, while the new process serves already', async () => {
      const window = await openServing();
      const pid = await window.proxyPid();
      const received = (await ask()).text();
      await window.link.restart();
      await waitFor('a new process', () => (window.state && window.state.pid !== pid) || undefined);
      const second = await ask();
      assert.equal(responses.length, 2);
      responses[1]?.end(end);
      assert.equal(await second.text(), start + end);
      for (const piece of pieces) responses[0]?.write(piece);
      responses[0]?.end(end);
      assert.equal(digest(await received), digest(start + pieces.join('') + end));
    });
  });
});

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const endpoint: EndpointFields = {
  ...endpointDefaults,
  name: 'a',
  baseUrl: 'https://api.example.com',
};
