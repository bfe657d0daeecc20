import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HistoryState } from '../../src/protocol/state.ts';
import { HistoryStore } from '../../src/proxy/history/historyStore.ts';
import { onEnd, type Scope } from './scope.ts';

/** A path in a new folder. */
export function historyFile(scope: Scope): string {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'qcc-test-'));
  onEnd(scope, () => fs.rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'state', 'history.db');
}

/** The database in the thread of the test, with what it says of itself, the last one last. */
export function openStore(
  scope: Scope,
  {
    file,
    movedFrom,
    maxBytes = 256 << 20,
    now = 0,
  }: { file?: string; movedFrom?: string; maxBytes?: number; now?: number } = {},
): { readonly store: HistoryStore; readonly states: readonly HistoryState[] } {
  const states: HistoryState[] = [];
  const store = new HistoryStore(
    { file, movedFrom, maxBytes },
    () => now,
    (state) => states.push(state),
  );
  onEnd(scope, () => store.close());
  return { store, states };
}
