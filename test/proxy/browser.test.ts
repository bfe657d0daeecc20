import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { findChromium } from '../support/chromium.ts';
import { startGuardedProxy } from '../support/guardedProxy.ts';
import { call } from '../support/proxyClient.ts';

const { proxy, upstream } = await startGuardedProxy({ after });
const api = `http://127.0.0.1:${proxy.port}/v1/messages`;

/** A page of somebody else's, on another origin of this machine. It even knows the token. */
const pages = http.createServer((_, response) => {
  response.setHeader('content-type', 'text/html').end('<!doctype html><title>evil</title><body></body>');
});
pages.listen(0, '127.0.0.1');
await once(pages, 'listening');
after(() => {
  pages.close();
  pages.closeAllConnections();
});
const evil = `http://localhost:${(pages.address() as AddressInfo).port}/`;

let browser: Browser | undefined;
after(() => browser?.close());
browser = await chromium.launch({ executablePath: findChromium() });

const token = proxy.token;
const attempts: Record<string, string> = {
  'fetch with cors': `fetch(api, { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': token }, body: '{}' }).then((r) => r.text())`,
  'fetch without cors': `fetch(api, { method: 'POST', mode: 'no-cors', body: '{}' }).then((r) => r.text())`,
  'fetch with cors and a simple type': `fetch(api, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }).then((r) => r.text())`,
  'fetch of the models': `fetch(api.replace('messages', 'models'), { headers: { authorization: 'Bearer ' + token } }).then((r) => r.text())`,
  'fetch of the models without cors': `fetch(api.replace('messages', 'models'), { mode: 'no-cors' }).then((r) => r.text())`,
  XMLHttpRequest: `new Promise((done, fail) => { const x = new XMLHttpRequest(); x.open('POST', api); x.onload = () => done(x.responseText); x.onerror = fail; x.send('{}'); })`,
  'a form': `new Promise((done) => { const f = document.createElement('iframe'); f.name = 'f'; document.body.append(f); f.onload = () => done(''); const form = document.createElement('form'); form.method = 'post'; form.enctype = 'text/plain'; form.action = api; form.target = 'f'; document.body.append(form); form.submit(); })`,
  'an image': `new Promise((done) => { const i = new Image(); i.onload = i.onerror = () => done(''); i.src = api.replace('messages', 'models'); })`,
  'a script': `new Promise((done) => { const s = document.createElement('script'); s.onload = s.onerror = () => done(''); s.src = api.replace('messages', 'models'); document.body.append(s); })`,
  'a beacon': `Promise.resolve(navigator.sendBeacon(api, new Blob(['{}'], { type: 'text/plain' }))).then(() => '')`,
  'a WebSocket': `new Promise((done) => { const w = new WebSocket(api.replace('http', 'ws')); w.onopen = () => done('opened'); w.onerror = () => done(''); })`,
  'an EventSource': `new Promise((done) => { const e = new EventSource(api.replace('messages', 'models')); e.onopen = () => done('opened'); e.onerror = () => { e.close(); done(''); }; })`,
};

for (const [what, code] of Object.entries(attempts)) {
  test(`${what} of a page on another origin reads nothing and reaches no upstream`, async () => {
    assert.ok(browser);
    const page = await browser.newPage();
    const before = upstream.requests.length;
    await page.goto(evil);

    const script = `((api, token) => (${code}).catch(() => ''))(${JSON.stringify(api)}, ${JSON.stringify(token)})`;
    const read = await page.evaluate(script);
    await page.close();

    assert.equal(read, '');
    // A request of our own afterwards is the only one that arrives.
    assert.equal((await call(proxy)).status, 200);
    assert.equal(upstream.requests.length, before + 1);
  });
}

test('the browser did reach the proxy, and was refused for what it is', async () => {
  const refused = (await proxy.logged('refused', 5)).map((line) => line.code);
  assert.deepEqual([...new Set(refused)], ['browserRequest']);
});
