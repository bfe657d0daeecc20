import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { platform } from './platform.ts';

/*
 * The one folder that all windows of all editors of a user share with the proxy on this machine. Who can read it is
 * the user; that is what the proofs and the token rest on.
 */

/** Why the folder cannot be used. `path` is what to look at. */
export type HomeProblem = 'notADirectory' | 'foreignOwner' | 'badSecretFile' | 'pathTooLong' | 'unusable';

export class HomeError extends Error {
  readonly problem: HomeProblem;
  readonly path: string;

  constructor(problem: HomeProblem, path: string, options?: ErrorOptions) {
    super(`${problem}: ${path}`, options);
    this.name = 'HomeError';
    this.problem = problem;
    this.path = path;
  }
}

/** Of the files in the folder whose contents are secret. */
const names = { token: 'token', installSecret: 'install-secret', queueKey: 'queue-key' } as const;

/** What the files of the folder hold. */
export interface HomeSecrets {
  /** What clients show to the proxy: 256 bits, base64url. */
  readonly token: string;
  /** What both ends of a control connection prove to know: 256 bits. */
  readonly installSecret: Buffer;
}

/** The folder, its secrets, and the names in it. */
export interface Home extends HomeSecrets {
  readonly folder: string;
}

/**
 * The folder when the user has not chosen another: taken from the user database, never from the environment, which
 * differs between a terminal, a desktop session and `sudo` and would give one user two proxies.
 */
export function defaultHomeFolder(): string {
  return path.join(os.userInfo().homedir, '.qcc');
}

/**
 * Opens the folder, creating it and its secrets where they are missing; modes are brought to 0700 and 0600.
 *
 * @param chosen an absolute path, where it is not the folder in the user's home
 * @param known what missing files are to hold; new secrets when undefined
 * @throws HomeError when the folder or a file in it cannot be trusted or used
 */
export function openHome(chosen?: string, known?: HomeSecrets): Home {
  let folder = chosen ?? '~/.qcc';
  try {
    folder = chosen ?? defaultHomeFolder();
    openFolder(folder);
    return {
      folder,
      token: openSecret(path.join(folder, names.token), known?.token),
      installSecret: Buffer.from(
        openSecret(path.join(folder, names.installSecret), known?.installSecret.toString('base64url')),
        'base64url',
      ),
    };
  } catch (cause) {
    // Among others: no entry in the user database, a read-only or full disk, a file system that is out of reach.
    throw cause instanceof HomeError ? cause : new HomeError('unusable', folder, { cause });
  }
}

/** Whether the folder is there with its secrets, whatever they are. */
export const hasSecrets = (folder: string): boolean =>
  [names.token, names.installSecret].every((name) => fs.existsSync(path.join(folder, name)));

/**
 * What kept requests are encrypted with where no editor brings a key: 256 bits, in a file beside the token. The folder
 * and the file are made where they are missing.
 *
 * @throws HomeError when the folder or the file cannot be trusted or used
 */
export function openQueueKey(folder: string): Buffer {
  try {
    openFolder(folder);
    return Buffer.from(openSecret(path.join(folder, names.queueKey)), 'base64url');
  } catch (cause) {
    throw cause instanceof HomeError ? cause : new HomeError('unusable', folder, { cause });
  }
}

function openFolder(folder: string): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  secure(folder, 0o700, (stat) => stat.isDirectory(), 'notADirectory');
}

/** Checks kind and owner and closes what others could open. */
function secure(
  file: string,
  mode: number,
  isRightKind: (stat: fs.Stats) => boolean,
  wrong: HomeProblem,
): void {
  const stat = fs.lstatSync(file);
  // A link would let whoever owns its target change what we trust.
  if (!isRightKind(stat)) throw new HomeError(wrong, file);
  if (platform.owner === null) return;
  if (stat.uid !== platform.owner) throw new HomeError('foreignOwner', file);
  if ((stat.mode & 0o777) !== mode) fs.chmodSync(file, mode);
}

const secretBytes = 32;

/** Reads a secret, or makes it: written aside and linked into place, so that of many processes one wins whole. */
function openSecret(file: string, contents = randomBytes(secretBytes).toString('base64url')): string {
  if (!fs.existsSync(file)) {
    const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
    try {
      fs.writeFileSync(draft, contents, { mode: 0o600, flag: 'wx' });
      fs.linkSync(draft, file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new HomeError('unusable', file, { cause });
    } finally {
      fs.rmSync(draft, { force: true });
    }
  }
  secure(file, 0o600, (stat) => stat.isFile(), 'badSecretFile');
  const secret = fs.readFileSync(file, 'utf8').trim();
  if (Buffer.from(secret, 'base64url').length !== secretBytes) throw new HomeError('badSecretFile', file);
  return secret;
}

/**
 * Where the proxy of one port of this machine listens for windows.
 *
 * @throws HomeError `pathTooLong` when the folder's path leaves no room for a socket name
 */
export function controlAddress({ folder, installSecret }: Home, port: number): string {
  const address = platform.controlAddress({ folder, port, installSecret });
  if (address === null) throw new HomeError('pathTooLong', folder);
  return address;
}

/** Where the holder of a port of this machine says which process it is, for a window that it does not answer. */
export function holderPath(folder: string, port: number): string {
  return path.join(folder, `${port}-${platform.hostTag}.pid`);
}

/** Where a proxy of one port on this machine keeps its history; no other machine may write the same database. */
export function historyPath(folder: string, port: number): string {
  return path.join(folder, `history-${port}-${platform.hostTag}.db`);
}

/** Where a proxy of one port keeps which conversation is at which endpoint, from one run to the next. */
export function affinityPath(folder: string, port: number): string {
  return path.join(folder, `affinity-${port}.json`);
}

/**
 * Where it is recorded what was put into the settings of Claude Code. One for all ports: after a change of the port the
 * next proxy brings up to date what the last one has put in.
 */
export function claudeCodePath(folder: string): string {
  return path.join(folder, `claude-code-${platform.hostTag}.json`);
}

/** Where a proxy process of one port writes what it says outside the control connection. */
export function processLogPath(folder: string, port: number): string {
  return path.join(folder, `proxy-${port}.log`);
}
