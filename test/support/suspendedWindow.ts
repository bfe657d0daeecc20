// A window in a process of its own, which a test can stop as a whole: `node suspendedWindow.ts HOME PORT BASE_URL`. It adds an
// endpoint with this address and says as lines of JSON how it stands.
import { endpointDefaults } from '../../src/core/configuration.ts';
import { addEndpoint, addProfile } from '../../src/core/configurationEdits.ts';
import { LinkedWindow } from './linkedWindow.ts';

const [home = '', port = '', baseUrl = ''] = process.argv.slice(2);
const window = new LinkedWindow({ home, port: Number(port) });
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

await window.link.attach();
await window.link.edit(addProfile({ id: 'p', name: 'Work', description: '' }));
const fields = { ...endpointDefaults, name: 'e', baseUrl };
await window.link.edit(addEndpoint('p', 'e', fields, { apiKey: 'sk-1', headers: {} }));
say({ ready: await window.proxyPid() });

/** Asked for a line, it says one; asked for the last one, it leaves. */
process.stdin.on('data', async (asked) => {
  if (String(asked).startsWith('leave')) {
    await window.link.dispose();
    process.exit(0);
  }
  const pid = await window.proxyPid();
  say({ status: window.status?.kind, pid });
});
