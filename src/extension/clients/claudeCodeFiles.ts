import fs from 'node:fs';
import path from 'node:path';
import { maxSettingsBytes, type ParsedSettings, parseSettingsText } from '../../core/claudeSettings.ts';
import type { ClaudeCodeProblem } from '../../protocol/clients.ts';
import { platform } from '../../protocol/platform.ts';

/*
 * Where Claude Code looks for settings, the strongest first: those of an organization, of the user for one project, of a
 * project, of the user (https://code.claude.com/docs/en/settings). Their `env` wins over the environment of the process.
 */

export type SettingsKind = 'managed' | 'local' | 'project' | 'user';

export interface SettingsPlace {
  readonly kind: SettingsKind;
  readonly file: string;
}

/** What a settings file says, or why that is not known. */
export interface SettingsRead extends SettingsPlace {
  readonly text: string;
  readonly settings: ParsedSettings | undefined;
  readonly problem: ClaudeCodeProblem | undefined;
}

/** The user's settings file. @param home the user's home folder, as the system knows it */
export function userSettingsFile(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  const chosen = environment.CLAUDE_CONFIG_DIR?.trim();
  return path.join(chosen ? path.resolve(home, chosen) : path.join(home, '.claude'), 'settings.json');
}

/** Where a settings file may be, the strongest first. @param project the folder that Claude Code is started in */
export function settingsPlaces(userFile: string, project: string | undefined): SettingsPlace[] {
  const ofProject = (kind: SettingsKind, name: string): SettingsPlace[] =>
    project === undefined ? [] : [{ kind, file: path.join(project, '.claude', name) }];
  return [
    ...managedFiles().map((file): SettingsPlace => ({ kind: 'managed', file })),
    ...ofProject('local', 'settings.local.json'),
    ...ofProject('project', 'settings.json'),
    { kind: 'user', file: userFile },
  ];
}

/** Those that an organization has put on the machine, the last one of its folder first, since that one wins. */
function managedFiles(): string[] {
  const folder = platform.managedClaudeFolder;
  const parts = path.join(folder, 'managed-settings.d');
  const names = namesIn(parts).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  return [
    ...names
      .sort()
      .reverse()
      .map((name) => path.join(parts, name)),
    path.join(folder, 'managed-settings.json'),
  ];
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    // Most machines have no such folder.
    return [];
  }
}

/** Reads a settings file; undefined when there is none. */
export async function readSettingsFile(place: SettingsPlace): Promise<SettingsRead | undefined> {
  let text: string;
  const unreadable = (system: string): SettingsRead => ({
    ...place,
    text: '',
    settings: undefined,
    problem: { code: 'unreadable', system },
  });
  try {
    const stats = await fs.promises.stat(place.file);
    // A pipe would be waited for without end.
    if (!stats.isFile()) return unreadable(stats.isDirectory() ? 'EISDIR' : 'EINVAL');
    if (stats.size > maxSettingsBytes) return unreadable('EFBIG');
    text = await fs.promises.readFile(place.file, 'utf8');
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : unreadable(code);
  }
  const parsed = parseSettingsText(text);
  return parsed.ok
    ? { ...place, text, settings: parsed, problem: undefined }
    : { ...place, text, settings: undefined, problem: parsed.problem };
}
