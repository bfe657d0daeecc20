import { createHash, createHmac } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';

/*
 * Everything that differs between the operating systems, in one place: the rest of the code asks here and never what it
 * runs on. What is dictated by a system is said beside it.
 */

/** What is known of this machine and user. */
export interface PlatformFacts {
  /** The number of the user, where users have one. */
  readonly uid: number | undefined;
  readonly hostName: string;
}

/** What the address of a control connection is made of. */
export interface ControlPlace {
  readonly folder: string;
  readonly port: number;
  /** A secret of the folder. */
  readonly installSecret: Buffer;
}

/** How to find out what a process was started with. */
export type CommandLineSource =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'program'; readonly program: string; readonly arguments: readonly string[] };

export interface Platform {
  readonly name: 'linux' | 'darwin' | 'win32';
  /**
   * What files of this user carry as their owner; null where files have neither owners nor modes, and the access list of
   * the user's own folder protects what is in it.
   */
  readonly owner: number | null;
  /** Tells machines apart that share a home folder. */
  readonly hostTag: string;
  /** Where windows reach the proxy of a port, or null when the folder's path leaves no room for that. */
  controlAddress(place: ControlPlace): string | null;
  /** Whether that address is a file, which can be lost and has to be removed. */
  readonly isControlAddressAFile: boolean;
  /** By which the system, or a user at a console, asks a process to end. */
  readonly endSignals: readonly NodeJS.Signals[];
  /** How a process is started that outlives us and shows no window. */
  readonly spawnFlags: { readonly detached: boolean; readonly windowsHide: boolean };
  /** What remains of an environment when only some variables are allowed; their names are in capitals. */
  allowedVariables(environment: NodeJS.ProcessEnv, allowed: ReadonlySet<string>): NodeJS.ProcessEnv;
  /** Whether an error's code says that another program has the file open, and that it helps to try again. */
  isHeldOpen(code: string): boolean;
  commandLineOf(pid: number): CommandLineSource;
  /** Where an organization puts settings of Claude Code (https://code.claude.com/docs/en/settings). */
  readonly managedClaudeFolder: string;
  /** Whose syntax a user's terminal most likely has. */
  readonly usualShell: 'posix' | 'powershell';
}

/** A short name for a text that is none of anybody's business. */
const tagOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** What Linux and macOS have in common. @param maxAddressBytes the longest path that a socket may have */
function posix({ uid }: PlatformFacts, hostTag: string, maxAddressBytes: number) {
  return {
    owner: uid ?? null,
    hostTag,
    controlAddress: ({ folder, port }: ControlPlace) => {
      const address = path.join(folder, `${port}-${hostTag}.sock`);
      return Buffer.byteLength(address) > maxAddressBytes ? null : address;
    },
    isControlAddressAFile: true,
    endSignals: ['SIGTERM', 'SIGINT', 'SIGHUP'],
    spawnFlags: { detached: true, windowsHide: false },
    allowedVariables: (environment: NodeJS.ProcessEnv, allowed: ReadonlySet<string>) =>
      Object.fromEntries(Object.entries(environment).filter(([name]) => allowed.has(name))),
    // A file that is open elsewhere is replaced all the same.
    isHeldOpen: () => false,
    usualShell: 'posix',
  } as const;
}

/** The length of `sun_path` is 108 bytes with the final NUL (unix(7)). */
export const linux = (facts: PlatformFacts): Platform => ({
  ...posix(facts, tagOf(facts.hostName), 107),
  name: 'linux',
  commandLineOf: (pid) => ({ kind: 'file', file: `/proc/${pid}/cmdline` }),
  managedClaudeFolder: '/etc/claude-code',
});

/** The length of `sun_path` is 104 bytes with the final NUL (unix(4)). */
export const darwin = (facts: PlatformFacts): Platform => ({
  // The host name changes with the network, which would hide a running proxy from new windows.
  ...posix(facts, tagOf('mac'), 103),
  name: 'darwin',
  commandLineOf: (pid) => ({
    kind: 'program',
    program: '/bin/ps',
    // Twice: as wide as it takes.
    arguments: ['-ww', '-o', 'command=', '-p', String(pid)],
  }),
  managedClaudeFolder: '/Library/Application Support/ClaudeCode',
});

/**
 * Pipes have names of up to 256 characters that every user can see and take
 * (https://learn.microsoft.com/windows/win32/ipc/pipe-names): ours cannot be guessed without the install secret.
 */
export const win32 = ({ hostName }: PlatformFacts): Platform => ({
  name: 'win32',
  owner: null,
  hostTag: tagOf(hostName),
  controlAddress: ({ port, installSecret }) => {
    const name = createHmac('sha256', installSecret).update(`pipe:${port}`).digest('hex').slice(0, 32);
    return `\\\\.\\pipe\\qcc-${name}`;
  },
  isControlAddressAFile: false,
  // There is no SIGTERM: a process is asked to end over its control connection, or not at all. SIGHUP is the console
  // that closes, which ends the process some ten seconds later, SIGBREAK is Ctrl+Break
  // (https://nodejs.org/api/process.html#signal-events).
  endSignals: ['SIGINT', 'SIGBREAK', 'SIGHUP'],
  // A detached process gets a console of its own, which would be seen.
  spawnFlags: { detached: true, windowsHide: true },
  // Names are the same in any case, and usually not in capitals: `Path`.
  allowedVariables: (environment, allowed) =>
    Object.fromEntries(Object.entries(environment).filter(([name]) => allowed.has(name.toUpperCase()))),
  // Virus scanners and indexers open what was just written.
  isHeldOpen: (code) => ['EPERM', 'EACCES', 'EBUSY'].includes(code),
  commandLineOf: (pid) => ({
    kind: 'program',
    program: 'powershell.exe',
    arguments: [
      '-NoProfile',
      '-NonInteractive',
      '-Command',
      `(Get-CimInstance Win32_Process -Filter 'ProcessId = ${pid}').CommandLine`,
    ],
  }),
  managedClaudeFolder: 'C:\\Program Files\\ClaudeCode',
  usualShell: 'powershell',
});

/** The platform of a name as in `process.platform`; other Unix systems are taken for Linux. */
export function platformNamed(name: string, facts: PlatformFacts): Platform {
  switch (name) {
    case 'win32':
      return win32(facts);
    case 'darwin':
      return darwin(facts);
    default:
      return linux(facts);
  }
}

/** What we run on. */
export const platform: Platform = platformNamed(process.platform, {
  uid: process.getuid?.(),
  hostName: os.hostname(),
});
