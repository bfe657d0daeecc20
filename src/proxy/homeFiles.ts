import fs from 'node:fs';

/*
 * What the state folder may hold of ours. Nothing else in it is ever touched: it can be any folder of the user.
 */

/** What a file is there for. */
export type HomeFileKind =
  | 'secret'
  | 'history'
  /** A history that could not be used. */
  | 'setAside'
  | 'affinity'
  | 'log'
  /** What was put into the settings of Claude Code, which is taken out by it. */
  | 'record'
  /** That there is an installation of the extension. */
  | 'installation'
  | 'socket'
  /** Says which process listens at a socket. */
  | 'holder'
  /** Part of something that was being written. */
  | 'draft';

export interface HomeFile {
  readonly name: string;
  readonly kind: HomeFileKind;
  /** The process that wrote it, of a draft. */
  readonly pid?: number;
}

const kinds: readonly (readonly [HomeFileKind, RegExp])[] = [
  ['secret', /^(token|install-secret|queue-key)$/],
  ['history', /^history-\d+-[0-9a-f]{8}\.db(-wal|-shm)?$/],
  ['setAside', /^history-\d+-[0-9a-f]{8}\.db\.\d{8}T\d{6}Z(-\d+)?(\.[a-z]+)?(-wal|-shm)?$/],
  ['affinity', /^affinity-\d+\.json$/],
  ['log', /^proxy-\d+\.log(\.1)?$/],
  ['record', /^claude-code-[0-9a-f]{8}\.json$/],
  ['installation', /^installation-[0-9a-f]{16}\.json$/],
  ['socket', /^\d+-[0-9a-f]{8}\.sock$/],
  ['holder', /^\d+-[0-9a-f]{8}\.pid$/],
];

const drafts: readonly RegExp[] = [
  /^(?:token|install-secret|queue-key)\.(\d+)\.[0-9a-f]{8}$/,
  /^affinity-\d+\.json\.(\d+)$/,
  /^history-\d+-[0-9a-f]{8}\.db\.(\d+)(?:-journal)?$/,
  /^(?:claude-code-[0-9a-f]{8}|installation-[0-9a-f]{16})\.json\.qcc-draft-(\d+)-[0-9a-f]{8}$/,
];

/** What a file of this name is, or undefined when it is none of ours. */
export function homeFileOf(name: string): HomeFile | undefined {
  const known = kinds.find(([, pattern]) => pattern.test(name));
  if (known) return { name, kind: known[0] };
  for (const pattern of drafts) {
    const pid = pattern.exec(name)?.[1];
    if (pid !== undefined) return { name, kind: 'draft', pid: Number(pid) };
  }
  return undefined;
}

/** Our files in a folder; none where it cannot be read. */
export function homeFilesIn(folder: string): HomeFile[] {
  try {
    return fs.readdirSync(folder).flatMap((name) => homeFileOf(name) ?? []);
  } catch {
    // It is not there, or not ours to read.
    return [];
  }
}
