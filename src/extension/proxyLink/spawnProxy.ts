import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { type Home, processLogPath } from '../../protocol/home.ts';

/** A log of this size, in bytes, is set aside before the next process writes to it. */
const maxLogBytes = 1024 * 1024;

/** What the process may know of our environment: where things are and how certificates are found, no secrets. */
const allowedEnvironment = new Set([
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // Windows: without these Node cannot start, resolve names or find a folder for temporary files.
  'SYSTEMROOT',
  'WINDIR',
  'SYSTEMDRIVE',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'TEMP',
  'TMP',
  'PATHEXT',
]);

/** The environment of the process: what is allowed of `environment`, and what makes Electron run as Node. */
export function proxyEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const allowed = Object.entries(environment).filter(([name]) => allowedEnvironment.has(name.toUpperCase()));
  return { ...Object.fromEntries(allowed), ELECTRON_RUN_AS_NODE: '1' };
}

/**
 * Starts a proxy process that outlives us. It writes to a file, since a pipe to us would end it when we end, and
 * its working directory keeps no folder of the editor or the workspace busy.
 *
 * @param script the bundled proxy
 * @throws when the process or its log cannot be created
 */
export function spawnProxy(script: string, home: Home, port: number): ChildProcess {
  const logPath = processLogPath(home, port);
  if ((fs.statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) {
    fs.renameSync(logPath, `${logPath}.1`);
  }
  const log = fs.openSync(logPath, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [script, '--port', String(port), '--home', home.folder], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: home.folder,
      env: proxyEnvironment(process.env),
      windowsHide: true,
    });
    child.unref();
    return child;
  } finally {
    fs.closeSync(log);
  }
}
