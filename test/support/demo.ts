// `npm start`: QCC in a real VS Code in the browser, in front of two simulated endpoints. Nothing leaves this machine,
// and everything it writes is in a scratch folder that goes when it ends.
import { openHome } from '../../src/protocol/home.ts';
import { startEditor } from './editor.ts';
import { freePort, temporaryHome } from './linkedWindow.ts';
import { bringConfiguration, demoContents, packagedExtension } from './qccEditor.ts';
import { startSimulatedEndpoint } from './simulatedEndpoint.ts';

const defaultPort = 7860;
const keyOf = ({ name }: { name: string }): string => `demo-key-of-${name}`;

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
]);

// This program is one more window to the proxy: it starts it, brings the profile, and the editor takes it over.
const home = temporaryHome();
const port = (await isFree(defaultPort)) ? defaultPort : await freePort();
const contents = demoContents('demo', endpoints, keyOf);
const { link } = await bringConfiguration(home.folder, port, contents);
const editor = await startEditor({
  vsix: packagedExtension,
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
  await link.stop();
  await link.dispose();
  await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  home.remove();
  process.exit(0);
}
process.on('SIGINT', () => void end());
process.on('SIGTERM', () => void end());

async function isFree(candidate: number): Promise<boolean> {
  return (await freePort(candidate).catch(() => undefined)) === candidate;
}
