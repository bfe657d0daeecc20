import { join } from 'node:path';
import { editorHosts } from './editorHosts.mjs';

/** What to run as the editor, and what it cannot do. */
export interface EditorProgram {
  /** The Node that runs it, and with it extension hosts and the proxy. */
  readonly node: string;
  /** The script that starts it. */
  readonly entry: string;
  /** Why the keyboard does not reach the buttons in the title of a quick input, where that is so. */
  readonly titleButtonsOutOfReach?: string;
}

/** The value of `QCC_HOST` that has tests run in the oldest editor; `npm run check:oldest` sets it. */
export const oldest = 'oldest';

function installedIn(folder: string): { modules: string; entry: string } {
  const modules = join(folder, 'node_modules');
  return { modules, entry: join(modules, 'code-server', 'out', 'node', 'entry.js') };
}

function newestEditor(): EditorProgram {
  return { node: process.execPath, entry: installedIn(editorHosts.newest).entry };
}

function oldestEditor(): EditorProgram {
  const { modules, entry } = installedIn(editorHosts.oldest);
  return {
    node: join(modules, '.bin', 'node'),
    entry,
    titleButtonsOutOfReach: 'VS Code 1.104 keeps Tab between the box and the list of a quick input',
  };
}

/** The editor that tests of this process run in. It is chosen here only: no test knows which one it has. */
export const editorProgram = process.env.QCC_HOST === oldest ? oldestEditor() : newestEditor();
