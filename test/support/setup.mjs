// Makes a checkout ready to run: dependencies, build and, with --editor, a real VS Code and a browser to drive it; with
// --oldest, also the oldest VS Code that the extension supports.
// Plain JavaScript without dependencies, since in a fresh clone there is nothing else and the Node may be 20.
// stdout stays empty, because `npm run --silent serve` prints JSON there. Every step looks first and does nothing
// when there is nothing to do.
//
// usage: node test/support/setup.mjs [--editor] [--oldest] [--quiet]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { editorHosts, hasOldestHost } from './editorHosts.mjs';
import { findBrowser } from './findBrowser.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const quiet = process.argv.includes('--quiet');

class SetupError extends Error {}

try {
  const steps = [dependencies(root), supportedNode, build];
  if (process.argv.includes('--editor')) steps.push(...editor(editorHosts.newest), browser);
  // Elsewhere the tests in it say that they do not run.
  if (process.argv.includes('--oldest') && hasOldestHost()) steps.push(...editor(editorHosts.oldest));
  steps.forEach(run);
  if (!quiet) say('everything is in place');
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

/**
 * A step looks whether something is missing and returns the work to do, or nothing. The work is done under a lock,
 * after a second look, so that several commands started at once in a fresh clone do not install over each other.
 */
function run(step) {
  if (!step()) return;
  withLock(() => step()?.());
}

/** Installed packages of one folder, exactly as its lock file says. The lock file itself is never changed. */
function dependencies(folder) {
  return () => {
    const name = relative(root, folder) || 'the project';
    if (sameAsLockFile(folder)) return undefined;
    return () => {
      say(`installing the packages of ${name}`);
      const hint = 'Check that npm reaches its package registry, then run the same command again.';
      execute('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder, hint);
    };
  };
}

/** Compares the lock file with the copy npm leaves behind, last thing, in the folder it has filled. */
function sameAsLockFile(folder) {
  const wanted = readPackages(join(folder, 'package-lock.json'));
  const installed = readPackages(join(folder, 'node_modules', '.package-lock.json'));
  if (!wanted) throw new SetupError(`${join(folder, 'package-lock.json')} is missing or damaged.`);
  if (!installed) return false;
  const stale = Object.entries(installed).some(
    ([path, entry]) => entry.version !== wanted[path]?.version || entry.integrity !== wanted[path]?.integrity,
  );
  // Packages of other platforms are optional and absent.
  const missing = Object.entries(wanted).some(([path, entry]) => path && !entry.optional && !installed[path]);
  return !stale && !missing;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** npm scripts run the Node that comes as a package, or, on a platform that has no such package, this one. */
function supportedNode() {
  const binaries = join(root, 'node_modules', '.bin');
  if (existsSync(join(binaries, 'node')) || existsSync(join(binaries, 'node.cmd'))) return undefined;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return undefined;
  throw new SetupError(
    `This is Node ${process.versions.node}, and no newer one came with the packages for ` +
      `${process.platform}-${process.arch}. Install Node 22.18 or newer and run the same command again.`,
  );
}

/** The bundles in dist/, when they are not the ones the last build made from exactly these sources. */
function build() {
  const stamp = join(root, 'dist', '.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === buildState()) return undefined;
  return () => {
    if (!quiet) say('building');
    execute('npm', ['run', '--silent', 'build'], root, 'Fix what the build complains about, see above.');
    writeFileSync(stamp, buildState());
  };
}

/** What went in, by content, and what came out, by time: a build by hand or a deleted bundle counts as different. */
function buildState() {
  const inputs = createHash('sha256');
  for (const path of [
    'esbuild.mjs',
    'package.json',
    'package-lock.json',
    ...filesBelow('src'),
    ...filesBelow('webview'),
  ]) {
    const full = join(root, path);
    if (existsSync(full)) inputs.update(path).update('\0').update(readFileSync(full)).update('\0');
  }
  const outputs = filesBelow('dist')
    .filter((path) => /\.(cjs|mjs|js|css)$/.test(path))
    .map((path) => `${path} ${statSync(join(root, path)).mtimeMs}`);
  return [inputs.digest('hex'), ...outputs].join('\n');
}

function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** The steps to one editor, in a folder with a package.json of its own. */
function editor(folder) {
  return [dependencies(folder), () => editorModules(folder), () => editorLog(folder)];
}

/** code-server's inner package resolves its modules in a folder of its own: let that be the common one. */
function editorModules(folder) {
  const link = join(folder, 'node_modules', 'code-server', 'lib', 'vscode', 'node_modules');
  if (existsSync(join(link, 'code-server'))) return undefined;
  return () => {
    rmSync(link, { recursive: true, force: true });
    // A junction needs no privilege on Windows, but an absolute target.
    if (process.platform === 'win32') symlinkSync(join(folder, 'node_modules'), link, 'junction');
    else symlinkSync('../../..', link);
  };
}

/** VS Code's own log writer is native code to be compiled; a stand-in makes output channels and log files work. */
function editorLog(folder) {
  const link = join(folder, 'node_modules', '@vscode', 'spdlog');
  if (existsSync(join(link, 'package.json'))) return undefined;
  return () => {
    rmSync(link, { recursive: true, force: true });
    if (process.platform === 'win32') symlinkSync(join(root, 'test', 'support', 'spdlog'), link, 'junction');
    else symlinkSync('../../../support/spdlog', link);
  };
}

function browser() {
  if (lookForBrowser()) return undefined;
  const packages = ['chromium-headless-shell', 'fonts-noto-cjk', 'fonts-dejavu-core'];
  const asRoot = process.getuid?.() === 0;
  if (!existsSync('/etc/debian_version') || !asRoot) {
    const install = existsSync('/etc/debian_version')
      ? `Install one: sudo apt-get install ${packages.join(' ')}`
      : 'Install Chromium or Google Chrome';
    throw new SetupError(
      `No browser found to drive the editor. ${install}, or set QCC_CHROMIUM to its path.`,
    );
  }
  return () => {
    say(`installing ${packages.join(', ')}`);
    const hint = `Install a Chromium yourself and set QCC_CHROMIUM to its path.`;
    execute('apt-get', ['update', '-qq'], root, hint);
    execute('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], root, hint);
    if (!lookForBrowser()) throw new SetupError(`The browser is installed, but not on the PATH. ${hint}`);
  };
}

function lookForBrowser() {
  try {
    return findBrowser();
  } catch (error) {
    throw new SetupError(error.message);
  }
}

/** Runs a command with its output on stderr; throws with what to do when it fails. */
function execute(command, args, cwd, hint) {
  const result = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    // npm is a .cmd file on Windows, which only a shell can start.
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  const how =
    result.error?.message ?? (result.signal ? `signal ${result.signal}` : `exit code ${result.status}`);
  throw new SetupError(`failed (${how}): ${[command, ...args].join(' ')}\n  in ${cwd}\n${hint}`);
}

/** One setup per checkout at a time. A lock whose owner is gone does not count. */
function withLock(work) {
  const lock = join(tmpdir(), `qcc-setup-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  const owner = join(lock, 'pid');
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned(lock, owner)) rmSync(lock, { recursive: true, force: true });
      else Atomics.wait(sleep, 0, 0, 200);
    }
  }
  try {
    writeFileSync(owner, String(process.pid));
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isAbandoned(lock, owner) {
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return false;
  } catch (error) {
    if (error.code !== 'ENOENT') return error.code === 'ESRCH';
    // No owner yet: it was made a moment ago, or its maker died just then.
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    return made !== undefined && Date.now() - made > 5000;
  }
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}
