import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { portTakenExitCode } from '../../protocol/control.ts';
import { type Home, HomeError, processLogPath } from '../../protocol/home.ts';

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

/** How a process ended: beaten to the port, or for a reason that only its log knows. */
export type ProxyEnd = 'portTaken' | 'crashed';

/** A process that this window has started. */
export interface ProxyChild {
  readonly port: number;
  /** The state folder. */
  readonly folder: string;
  readonly pid: number | undefined;
  /** It was started to take the port over from an older build. */
  readonly takesOver: boolean;
  /** How it ended, or undefined while it runs. */
  readonly end: ProxyEnd | undefined;
  /** Set once it has answered to somebody: from then on it may be serving, and is not ours to end. */
  proven: boolean;
  kill(signal?: 'SIGTERM' | 'SIGKILL'): void;
}

/**
 * Starts a proxy process that outlives us. It writes to a file, since a pipe to us would end it when we end, and
 * its working directory keeps no folder of the editor or the workspace busy.
 *
 * @param script the bundled proxy
 * @param takesOver has an older build that holds the port retire
 * @throws HomeError when its log cannot be opened
 */
export function spawnProxy(script: string, home: Home, port: number, takesOver: boolean): ProxyChild {
  const log = openLog(processLogPath(home.folder, port));
  const options = ['--port', String(port), '--home', home.folder, ...(takesOver ? ['--take-over'] : [])];
  const child = spawn(process.execPath, [script, ...options], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: home.folder,
    env: proxyEnvironment(process.env),
    windowsHide: true,
  });
  fs.closeSync(log);
  child.unref();
  let end: ProxyEnd | undefined;
  child.once('exit', (code) => {
    end = code === portTakenExitCode ? 'portTaken' : 'crashed';
  });
  child.once('error', () => {
    end = 'crashed';
  });
  return {
    port,
    folder: home.folder,
    pid: child.pid,
    takesOver,
    proven: false,
    get end() {
      return end;
    },
    kill: (signal) => void child.kill(signal),
  };
}

function openLog(path: string): number {
  try {
    if ((fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) {
      fs.renameSync(path, `${path}.1`);
    }
    return fs.openSync(path, 'a', 0o600);
  } catch (cause) {
    throw new HomeError('unusable', path, { cause });
  }
}
