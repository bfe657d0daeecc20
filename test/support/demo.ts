// `npm start`: QCC in a real VS Code in the browser, in front of simulated endpoints, most of which fail in their ways.
// Everything it writes is in scratch folders that go when it ends.
import { startDemo } from './demoScene.ts';
import { startEditor } from './editor.ts';
import { packagedExtension } from './qccEditor.ts';

const demo = await startDemo();
const editor = await startEditor({ vsix: packagedExtension, settings: demo.settings });
process.stdout.write(`
QCC is running in a real VS Code:

  ${editor.url}

Open it in a browser. ${demo.advice}
Ctrl+C ends everything.
`);

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await editor.stop();
  await demo.end();
  process.exit(0);
}
process.on('SIGINT', () => void end());
process.on('SIGTERM', () => void end());
