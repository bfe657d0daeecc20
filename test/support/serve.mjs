// Runs the headless server, in a fresh clone too: `npm run --silent serve -- --config FILE …`.
// Plain JavaScript without dependencies: it makes the checkout ready first.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const server = path.join(root, 'dist', 'serve.cjs');
const setup = spawnSync(process.execPath, [path.join(root, 'test', 'support', 'setup.mjs'), '--quiet'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (setup.status !== 0) process.exit(setup.status ?? 1);

const bundled = path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 18) || !existsSync(bundled)) {
  // In this very process, so that signals and the exit code need no passing on.
  await import(server);
} else {
  // The first run in a fresh clone began on the machine's own, older Node.
  const child = spawn(bundled, [server, ...process.argv.slice(2)], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
