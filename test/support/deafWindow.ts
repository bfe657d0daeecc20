// A window in a process of its own, which a test can stop from reading: `node deafWindow.ts HOME PORT`.
import { LinkedWindow } from './linkedWindow.ts';

const [home = '', port = ''] = process.argv.slice(2);
const window = new LinkedWindow({ home, port: Number(port) });
await window.link.attach();
process.stdout.write('attached\n');
