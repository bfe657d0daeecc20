// `npm run start:code`: what `npm start` shows, in the desktop editor of this machine. It runs with folders of its own, so
// that neither settings nor extensions of the user's editor are touched.
import { startDemo } from './demoScene.ts';
import { desktopCommands, findDesktopEditor, openDesktopEditor } from './desktopEditor.ts';
import { packagedExtension } from './qccEditor.ts';

const command = findDesktopEditor(process.platform, process.env);
if (command === undefined) {
  process.stderr.write(`
None of the commands ${desktopCommands.join(', ')} is on the PATH.

On macOS, run "Shell Command: Install 'code' command in PATH" from the Command Palette of VS Code. Or set QCC_CODE to the
path of the command. Without a desktop editor, npm start shows the same in a browser.
`);
  process.exitCode = 1;
} else if (process.env.WSL_DISTRO_NAME ?? process.env.VSCODE_IPC_HOOK_CLI) {
  // There, the command talks to the user's own editor, and folders of its own are not to be had.
  process.stderr.write('Not in WSL or in a terminal of a remote window: use npm start there.\n');
  process.exitCode = 1;
} else {
  process.exitCode = await show(command);
}

/** Shows the demo until the window is closed or a signal comes. @returns the exit code */
async function show(editorCommand: string): Promise<number> {
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const demo = await startDemo();
  try {
    const editor = await openDesktopEditor(editorCommand, packagedExtension, demo.settings);
    process.stdout.write(`
QCC is running in ${editorCommand}. ${demo.advice}
Closing the window or Ctrl+C ends everything.
`);
    try {
      await Promise.race([editor.closed, interrupted]);
    } finally {
      await editor.end();
    }
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  } finally {
    await demo.end();
  }
}
