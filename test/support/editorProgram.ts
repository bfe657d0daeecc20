import { join } from 'node:path';
import { editorHosts } from './editorHosts.mjs';

/** What to run as the editor. */
export interface EditorProgram {
  /** The Node that runs it, and with it extension hosts and the proxy. */
  readonly node: string;
  /** The script that starts it. */
  readonly entry: string;
}

/** The value of `QCC_HOST` that has tests run in the oldest editor; `npm run check:oldest` sets it. */
export const oldest = 'oldest';

const isOldest = process.env.QCC_HOST === oldest;
const modules = join(isOldest ? editorHosts.oldest : editorHosts.newest, 'node_modules');

/** The editor that tests of this process run in. It is chosen here only: no test knows which one it has. */
export const editorProgram: EditorProgram = {
  node: isOldest ? join(modules, '.bin', 'node') : process.execPath,
  entry: join(modules, 'code-server', 'out', 'node', 'entry.js'),
};
