// `npm start`: QCC in a real VS Code in the browser, in front of two simulated endpoints. Nothing leaves this machine,
// and everything it writes is in a scratch folder that goes when it ends.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseConfigFile } from '../../src/core/configFile.ts';
import { openHome } from '../../src/protocol/home.ts';
import { startEditor } from './editor.ts';
import { freePort, LinkedWindow, temporaryHome } from './linkedWindow.ts';
import { startSimulatedEndpoint } from './simulatedEndpoint.ts';

const defaultPort = 7860;
const vsix = fileURLToPath(new URL('../../dist/qcc.vsix', import.meta.url));

const endpoints = await Promise.all([
  startSimulatedEndpoint({ name: 'relay-a', key: 'demo-key-a', firstTokenMs: 400, tokensPerSecond: 25 }),
  startSimulatedEndpoint({ name: 'relay-b', key: 'demo-key-b', firstTokenMs: 700, tokensPerSecond: 40 }),
]);

const config = parseConfigFile(
  JSON.stringify({
    version: 1,
    activeProfile: 'demo',
    profiles: [
      {
        name: 'demo',
        description: 'Two simulated endpoints on this machine',
        priority: 'primary',
        endpoints: endpoints.map(({ name, url }, index) => ({
          name,
          baseUrl: url,
          apiKey: `demo-key-${'ab'[index]}`,
          priority: index + 1,
        })),
      },
    ],
  }),
  randomUUID,
);
if (!config.ok) throw new Error('the demo configuration is not valid');

// This program is one more window to the proxy: it starts it, brings the profile, and the editor takes it over.
const home = temporaryHome();
const port = (await isFree(defaultPort)) ? defaultPort : await freePort();
const link = new LinkedWindow({
  home: home.folder,
  port,
  store: { document: { ...config.contents, storeId: randomUUID(), revision: 1 }, saves: 0 },
});
if (!(await link.link.attach())) throw new Error(`the proxy did not start: ${link.status?.kind}`);

const editor = await startEditor({
  vsix,
  settings: { 'qcc.proxy.port': port, 'qcc.proxy.stateFolder': home.folder },
});

const { token } = openHome(home.folder);
const request = { model: 'claude-sonnet-5-5', max_tokens: 200, stream: true };
const body = JSON.stringify({ ...request, messages: [{ role: 'user', content: 'Hello from QCC' }] });
process.stdout.write(`
QCC is running in a real VS Code:

  ${editor.url}

Open it in a browser: the QCC view in the activity bar shows the demo profile, and a terminal of the editor
is already pointed at the proxy. A request through it, streamed by a simulated endpoint:

  curl -N http://127.0.0.1:${port}/v1/messages -H 'x-api-key: ${token}' -H 'content-type: application/json' \\
    -d '${body}'

Ctrl+C ends everything.
`);

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await editor.stop();
  await link.link.stop();
  await link.link.dispose();
  await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  home.remove();
  process.exit(0);
}
process.on('SIGINT', () => void end());
process.on('SIGTERM', () => void end());

async function isFree(candidate: number): Promise<boolean> {
  return (await freePort(candidate).catch(() => undefined)) === candidate;
}
