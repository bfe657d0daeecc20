// `npm run check:oldest [-- FILE…]`: the host tests, or some of them, in the oldest VS Code that the extension supports, on
// the Node of its time. `node test/support/setup.mjs --oldest` installs it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hasOldestHost } from './editorHosts.mjs';
import { oldest } from './editorProgram.ts';

const allTests = 'test/host/*.test.ts';
const fileTimeoutMs = 600_000;

if (hasOldestHost()) {
  const named = process.argv.slice(2);
  const files = named.length > 0 ? named : [allTests];
  const options = ['--test', `--test-timeout=${fileTimeoutMs}`, '--test-concurrency=1'];
  const tests = spawn(process.execPath, [...options, ...files], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, QCC_HOST: oldest },
    stdio: 'inherit',
  });
  tests.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  process.stderr.write('The oldest VS Code is not tested here: it runs on Linux x64 only.\n');
}
