import {
  entriesWithoutRecord,
  noEntries,
  type OwnEntries,
  onlyInCopy,
  type ProxyAccess,
  putEntriesIn,
  takeEntriesOut,
} from '../../core/claudeEntries.ts';
import { isBlankSettings } from '../../core/claudeSettings.ts';
import type { ClaudeCodeOutcome, ClaudeCodeProblem } from '../../protocol/clients.ts';
import { errorCodeOf } from '../errorCode.ts';
import { type ClaudeCodeRecord, removeRecord, writeRecord } from './record.ts';
import { SettingsFile } from './settingsFile.ts';
import { type FileImage, writeWhole } from './wholeFile.ts';

/*
 * Putting in writes the copy, the record, and then the file; taking out writes the file and then the record. Whatever is cut
 * off in between, the record knows all that may be ours in the file, and the copy all that was the user's.
 */

/**
 * Puts the entries into the file, or brings them up to date.
 *
 * @param recordPath where it is recorded what was done
 * @param isFirst nothing is recorded so far: what may be ours in the file is found by what it looks like
 */
export function putIn(
  recordPath: string,
  record: ClaudeCodeRecord,
  access: ProxyAccess,
  { isFirst }: { readonly isFirst: boolean },
): Promise<ClaudeCodeOutcome> {
  const file = new SettingsFile(record.file);
  /** The copy that an earlier try has made, of a file that has changed since. */
  let made: string | undefined;
  return persistently(file, async (seen, copy) => {
    const text = seen?.text ?? '';
    const known = isFirst ? entriesWithoutRecord(text, copy) : record.own;
    const result = putEntriesIn(text, access, record.environment, known, copy);
    if (!result.ok) throw new Refusal(result.problem);
    const { original, own } = result;
    const isOut = original === text;
    const next = { ...record, ...(isOut ? await originOf(file, seen) : {}), own, port: access.port };
    const isWorthACopy = seen !== null && original !== copy && !(next.created && isBlankSettings(original));
    if (isWorthACopy) {
      if (copy !== undefined && copy !== made && isNeeded(copy, original, record.own)) {
        await step('unwritable', () => file.setCopyAside(copy));
      }
      await step('unwritable', () => writeWhole(file.copyPath, original));
      made = original;
    }
    await step('notRecorded', () => writeRecord(recordPath, next));
    if (result.text !== text) {
      const image = { text: result.text, mode: 0o600 };
      if (!(await step('unwritable', () => file.replace(seen, image)))) return false;
    }
    // Where this fails, older values count as ours a little longer.
    await writeRecord(recordPath, { ...next, own: newestOf(own) }).catch(() => undefined);
    return true;
  });
}

/**
 * Takes the entries out of the file, and the copy away unless it has something that is nowhere else.
 *
 * @param forGood the record goes as well
 */
export function takeOut(
  recordPath: string,
  record: ClaudeCodeRecord,
  { forGood }: { readonly forGood: boolean },
): Promise<ClaudeCodeOutcome> {
  const file = new SettingsFile(record.file);
  return persistently(file, async (seen, copy) => {
    const left = seen && (await withoutEntries(file, record, seen, copy));
    if (left === undefined) return false;
    if (copy !== undefined && !isNeeded(copy, left ?? '', record.own)) {
      await step('unwritable', () => file.removeCopy());
    }
    const out = { ...record, own: noEntries, created: null, mode: null, port: null };
    await step('notRecorded', () => (forGood ? removeRecord(recordPath) : writeRecord(recordPath, out)));
    return true;
  });
}

/**
 * Whether a copy has what is nowhere else. One that is there while nothing in the file is known to be ours has been left for
 * that reason, or is of a proxy whose record is gone or elsewhere: a state folder was removed, or a container shares the file.
 *
 * @param text the file without our entries
 */
function isNeeded(copy: string, text: string, own: OwnEntries): boolean {
  if (copy === text) return false;
  return Object.keys(own.values).length === 0 || onlyInCopy(text, own, copy);
}

/** Writes the file without our entries, if there are any. @returns its text then, or undefined when it has changed meanwhile */
async function withoutEntries(
  file: SettingsFile,
  { own, created, mode }: ClaudeCodeRecord,
  seen: FileImage,
  copy: string | undefined,
): Promise<string | undefined> {
  const result = takeEntriesOut(seen.text, own, copy);
  if (!result.ok) throw new Refusal(result.problem);
  const { text } = result;
  if (created && isBlankSettings(text)) {
    if (!(await step('unwritable', () => file.remove(seen)))) return undefined;
    const { folder } = created;
    if (folder !== null) await step('unwritable', () => file.removeFolders(folder));
    return text;
  }
  if (text === seen.text) return text;
  // Others may read it again, now that the token is gone.
  const image = { text, mode: seen.mode === 0o600 ? (mode ?? 0o600) : seen.mode };
  return (await step('unwritable', () => file.replace(seen, image))) ? text : undefined;
}

/** What the file is before anything is put into it. Its folder is made where it is missing. */
async function originOf(
  file: SettingsFile,
  seen: FileImage | null,
): Promise<Pick<ClaudeCodeRecord, 'created' | 'mode'>> {
  if (seen) return { created: null, mode: seen.mode };
  return { created: { folder: await step('unwritable', () => file.makeFolder()) }, mode: null };
}

/** Now that it is there, what was there before need not be known any more. */
const newestOf = ({ values, replaced }: OwnEntries): OwnEntries => ({
  values: Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.slice(0, 1)])),
  replaced,
});

/** How often it is tried to be faster than another program that writes the file. */
const maxTries = 20;

/** Reads the file and works on it, again when it has changed meanwhile. @param work returns false then */
async function persistently(
  file: SettingsFile,
  work: (seen: FileImage | null, copy: string | undefined) => Promise<boolean>,
): Promise<ClaudeCodeOutcome> {
  try {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const seen = await step('unreadable', () => file.read());
      const copy = await step('unreadable', () => file.copy());
      if (await work(seen, copy)) return { ok: true };
    }
    return { ok: false, problem: { code: 'changing' } };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** Ends the work on a file. */
class Refusal extends Error {
  readonly problem: ClaudeCodeProblem;

  constructor(problem: ClaudeCodeProblem) {
    super(problem.code);
    this.problem = problem;
  }
}

async function step<T>(
  code: 'unreadable' | 'unwritable' | 'notRecorded',
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new Refusal({ code, system: errorCodeOf(error) });
  }
}
