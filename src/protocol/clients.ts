import path from 'node:path';
import * as v from 'valibot';
import { RequestType, RequestType0 } from 'vscode-jsonrpc/node';
import type { ClientEnvironment } from '../core/claudeEntries.ts';
import type { SettingsTextProblem } from '../core/claudeSettings.ts';

/*
 * Claude Code is pointed at the proxy by its settings file, which only the proxy process writes: of several windows each
 * would overwrite what another one has just done, and the entries have to go when the process goes.
 */

/** Which settings file of Claude Code is meant, and what a window knows about the machine that the proxy does not. */
export interface ClaudeCodeTarget {
  /** An absolute path that ends in `settings.json`. */
  readonly file: string;
  readonly environment: ClientEnvironment;
}

/** Why the settings file could not be changed. Nothing of it was. */
export type ClaudeCodeProblem =
  | SettingsTextProblem
  /** `system`: the system's code, such as `EACCES`. */
  | { readonly code: 'unreadable' | 'unwritable' | 'notRecorded'; readonly system: string }
  /** Another program changed it each time that it was about to be replaced. */
  | { readonly code: 'changing' };

export type ClaudeCodeOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly problem: ClaudeCodeProblem };

/** How it stands with the settings file. */
export interface ClaudeCodeState {
  readonly file: string;
  /** Our entries are in it. */
  readonly isWritten: boolean;
  /** Why they are not, or could not be taken out. */
  readonly problem: ClaudeCodeProblem | null;
}

/**
 * Window → proxy: puts the entries into a settings file, now and whenever a proxy starts. They are taken out when it
 * ends. Once more for the same file tries again what failed.
 */
export const configureClaudeCodeRequest = new RequestType<ClaudeCodeTarget, ClaudeCodeOutcome, void>(
  'claudeCode/configure',
);

/** Window → proxy: takes them out for good. */
export const restoreClaudeCodeRequest = new RequestType0<ClaudeCodeOutcome, void>('claudeCode/restore');

/** In characters. */
const maxPathLength = 4_096;
const maxExclusionsLength = 16_384;

/** Checks what a window says of the settings file. @throws ValiError */
export const parseClaudeCodeTarget = v.parser(
  v.object({
    file: v.pipe(
      v.string(),
      v.maxLength(maxPathLength),
      v.check((file) => path.isAbsolute(file) && path.basename(file) === 'settings.json'),
    ),
    environment: v.object({
      hasProxy: v.boolean(),
      exclusions: v.record(
        v.picklist(['NO_PROXY', 'no_proxy']),
        v.pipe(v.string(), v.maxLength(maxExclusionsLength)),
      ),
    }),
  }),
);
