// Stands in for the `code` command of a desktop editor, where there is none: it takes the same arguments, keeps an
// account of what was there when it was called, and its editor is a process of its own, as the real one's is. A test puts
// it on the PATH as `code`, by a script of one line.
//
// STAND_IN_ACCOUNT names the file that each call adds a line of JSON to; STAND_IN_REFUSES has it refuse the extension.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const args = process.argv.slice(2);
const optionOf = (option) => args[args.indexOf(option) + 1];
const data = optionOf('--user-data-dir');
const lock = join(data, 'code.lock');
const closing = join(data, 'close-window');
const lookMs = 20;

if (args.includes('--main')) {
  // The editor: it runs until its window is closed or it is told to end.
  process.once('SIGTERM', () => {
    rmSync(lock);
    account({ ended: true });
    process.exit(0);
  });
  // From now on somebody may tell it to end.
  writeFileSync(lock, String(process.pid));
  // A test that fails may take the folder away under it.
  while (existsSync(lock) && !existsSync(closing)) await sleep(lookMs);
  rmSync(lock, { force: true });
} else {
  const settings = JSON.parse(readFileSync(join(data, 'User', 'settings.json'), 'utf8'));
  const vsix = args.includes('--install-extension') ? optionOf('--install-extension') : undefined;
  const foreign = Object.keys(process.env).filter((name) => /^(VSCODE|ELECTRON|npm)_/.test(name));
  account({ args, settings, foreign, vsixBytes: vsix && statSync(vsix).size });
  if (process.env.STAND_IN_REFUSES && vsix) process.exit(1);
  if (args.includes('--wait')) {
    const main = spawn(process.execPath, [process.argv[1], '--user-data-dir', data, '--main'], {
      detached: true,
      stdio: 'ignore',
    });
    await new Promise((resolve) => main.once('exit', resolve));
  }
}

function account(entry) {
  appendFileSync(process.env.STAND_IN_ACCOUNT, `${JSON.stringify(entry)}\n`);
}
