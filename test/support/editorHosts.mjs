// The editors that tests run in, each installed in a folder with a package.json and a lock file of its own.
// Plain JavaScript, since setup.mjs, which installs them, needs it on a Node that runs no TypeScript.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const testFolder = dirname(dirname(fileURLToPath(import.meta.url)));

export const editorHosts = { newest: join(testFolder, 'host'), oldest: join(testFolder, 'oldestHost') };

export function hasOldestHost() {
  return process.platform === 'linux' && process.arch === 'x64';
}
