// A window in a process of its own, which a test can kill: `node mortalWindow.ts HOME PORT STORE FIRST`. It adds profiles,
// numbered from FIRST on, one after the other, and says of each on a line when the change is acknowledged. STORE is a file.
import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { addProfile } from '../../src/core/configurationEdits.ts';
import { LinkedWindow, type SharedStore } from './linkedWindow.ts';

const [home = '', port = '', file = '', first = ''] = process.argv.slice(2);
const document = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
const store: SharedStore = { document, saves: 0 };
const window = new LinkedWindow({ home, port: Number(port), store });
const { save } = window.storeAccess;
window.storeAccess.save = async (...given) => {
  await save(...given);
  await writeFile(`${file}.new`, JSON.stringify(store.document));
  await rename(`${file}.new`, file);
};
await window.link.attach();
for (let number = Number(first); ; number += 1) {
  const outcome = await window.link.edit(
    addProfile({ id: `p${number}`, name: `Profile ${number}`, description: '' }),
  );
  process.stdout.write(`${number} ${outcome.ok ? 'ok' : outcome.problem}\n`);
}
