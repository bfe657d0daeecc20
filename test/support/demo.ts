// `npm start`: QCC in a real VS Code in the browser, in front of simulated endpoints: one that is fine, one that has
// trouble now and then, one that refuses its key, one that says the same whatever it is asked, and another one as a backup.
// A past of thirty days is made up, and a request goes out every few seconds, so that there is something to see.
// Nothing leaves this machine, and everything it writes is in a scratch folder that goes when it ends.
import { defaultSettings, settings } from '../../src/extension/contributions.ts';
import { historyPath, openHome } from '../../src/protocol/home.ts';
import { writeDemoPast } from './demoPast.ts';
import { startEditor } from './editor.ts';
import { freePort, temporaryHome } from './linkedWindow.ts';
import { bringConfiguration, demoContents, packagedExtension } from './qccEditor.ts';
import { startSimulatedEndpoint } from './simulatedEndpoint.ts';

const defaultPort = 7860;
const keyOf = ({ name }: { name: string }): string => `demo-key-of-${name}`;
/** A short breaker and frequent checks, so that there is something to see. */
const routing = { ...defaultSettings.routing, breakerThreshold: 1, breakerSeconds: 30 };
const health = { ...defaultSettings.health, intervalSeconds: 10 };
/** What the second endpoint answers, one after the other, and for how long each, in milliseconds. */
const troubles = [500, undefined, 429, undefined];
const troubleMs = 20_000;
const askMs = 5_000;

const endpoints = await Promise.all([
  startSimulatedEndpoint({
    name: 'relay-a',
    key: keyOf({ name: 'relay-a' }),
    firstTokenMs: 400,
    tokensPerSecond: 25,
  }),
  startSimulatedEndpoint({
    name: 'relay-b',
    key: keyOf({ name: 'relay-b' }),
    firstTokenMs: 700,
    tokensPerSecond: 40,
  }),
  startSimulatedEndpoint({ name: 'relay-c', key: 'another key' }),
  startSimulatedEndpoint({ name: 'relay-d', key: keyOf({ name: 'relay-d' }) }),
]);
endpoints[3].say('Your free trial has ended. Please visit our web site to go on.');
const backup = await startSimulatedEndpoint({ name: 'backup', key: keyOf({ name: 'backup' }) });

let round = 0;
const nextTrouble = () => {
  endpoints[1].refuse(troubles[round % troubles.length]);
  round += 1;
};
nextTrouble();
const troubleTimer = setInterval(nextTrouble, troubleMs);

// This program is one more window to the proxy: it starts it, brings the profile, and the editor takes it over.
const home = temporaryHome();
const port = (await isFree(defaultPort)) ? defaultPort : await freePort();
const contents = demoContents('demo', endpoints, keyOf, [300, 100, 100, 1], [backup]);
writeDemoPast(historyPath(home.folder, port), Date.now(), contents.configuration.profiles);
const { link } = await bringConfiguration(home.folder, port, contents, { routing, health });
const editor = await startEditor({
  vsix: packagedExtension,
  settings: {
    [settings.port]: port,
    [settings.stateFolder]: home.folder,
    [settings.breakerThreshold]: routing.breakerThreshold,
    [settings.breakerSeconds]: routing.breakerSeconds,
    [settings.healthInterval]: health.intervalSeconds,
  },
});

const { token } = openHome(home.folder);
const request = { model: 'claude-sonnet-5-5', max_tokens: 200, stream: true };
const body = JSON.stringify({ ...request, messages: [{ role: 'user', content: 'Hello from QCC' }] });
const ask = () =>
  fetch(`http://127.0.0.1:${port}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': token, 'content-type': 'application/json' },
    body,
  })
    .then((answer) => answer.text())
    // It shows in the editor.
    .catch(() => undefined);
const askTimer = setInterval(() => void ask(), askMs);
process.stdout.write(`
QCC is running in a real VS Code:

  ${editor.url}

Open it in a browser: the QCC view in the activity bar shows the demo profile, and a terminal of the editor
is already pointed at the proxy. A request through it, streamed by a simulated endpoint:

  curl -N http://127.0.0.1:${port}/v1/messages -H 'x-api-key: ${token}' -H 'content-type: application/json' \\
    -d '${body}'

Send it some times: every request is answered, though relay-b fails now and then and relay-c refuses its key. Within
some seconds a check finds out that relay-d says the same whatever it is asked. The view shows what becomes of them.

Ctrl+C ends everything.
`);

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  clearInterval(troubleTimer);
  clearInterval(askTimer);
  await editor.stop();
  await link.stop();
  await link.dispose();
  await Promise.all([...endpoints, backup].map((endpoint) => endpoint.close()));
  home.remove();
  process.exit(0);
}
process.on('SIGINT', () => void end());
process.on('SIGTERM', () => void end());

async function isFree(candidate: number): Promise<boolean> {
  return (await freePort(candidate).catch(() => undefined)) === candidate;
}
