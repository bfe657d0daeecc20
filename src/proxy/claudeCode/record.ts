import fs from 'node:fs';
import * as v from 'valibot';
import { noEntries, type OwnEntries } from '../../core/claudeEntries.ts';
import type { ClaudeCodeTarget } from '../../protocol/clients.ts';
import { readImage, writeWhole } from './wholeFile.ts';

const recordSchema = v.object({
  version: v.literal(1),
  file: v.string(),
  environment: v.object({ hasProxy: v.boolean(), exclusions: v.record(v.string(), v.string()) }),
  own: v.object({ values: v.record(v.string(), v.array(v.string())), replaced: v.array(v.string()) }),
  created: v.nullable(v.object({ folder: v.nullable(v.string()) })),
  mode: v.nullable(v.number()),
  port: v.nullable(v.number()),
  pid: v.number(),
});

/**
 * What is remembered of the settings file from one run to the next; that there is a record is the user's wish to have the
 * entries in it. It holds none of the user's own values, which are keys as often as not: those are in the copy beside
 * the settings file, where they come from.
 */
export interface ClaudeCodeRecord extends ClaudeCodeTarget {
  readonly version: 1;
  /** What we have put in; nothing while the entries are out. */
  readonly own: OwnEntries;
  /** The file was made for the entries, and `folder` is the first folder that was, too. Null when the file was there. */
  readonly created: { readonly folder: string | null } | null;
  /** The permission bits that the file had without them. */
  readonly mode: number | null;
  /**
   * That of the proxy that the entries lead to; null while they are out. They do not tell: an address that the user had
   * there already is not ours.
   */
  readonly port: number | null;
  /** The process that wrote this. */
  readonly pid: number;
}

/** The record of a file that nothing has been put into yet. */
export function newRecord({ file, environment }: ClaudeCodeTarget): ClaudeCodeRecord {
  const { pid } = process;
  return { version: 1, file, environment, own: noEntries, created: null, mode: null, port: null, pid };
}

/** Reads the record; null when there is none that can be used. @throws NodeJS.ErrnoException */
export async function readRecord(path: string): Promise<ClaudeCodeRecord | null> {
  const image = await readImage(path);
  if (!image) return null;
  try {
    const parsed = v.safeParse(recordSchema, JSON.parse(image.text));
    return parsed.success ? parsed.output : null;
  } catch {
    // Damaged, or of a version that is not ours to read.
    return null;
  }
}

/** @throws NodeJS.ErrnoException */
export async function writeRecord(path: string, record: ClaudeCodeRecord): Promise<void> {
  await writeWhole(path, `${JSON.stringify({ ...record, pid: process.pid }, null, 2)}\n`);
}

export async function removeRecord(path: string): Promise<void> {
  await fs.promises.rm(path, { force: true });
}
