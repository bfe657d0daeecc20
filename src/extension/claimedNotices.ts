import type * as vscode from 'vscode';
import { type CommandContext, logUnexpected } from './commands/commandContext.ts';
import type { ModelValue } from './model.ts';

/** Something that the user has to know of. */
export interface ClaimedNotice {
  /** Names it, for as long as it lasts. */
  readonly id: string;
  /** Names this episode of it, alike in every window. */
  readonly key: string;
}

/**
 * Tells the user of what has come up, once per episode and in one window.
 *
 * @param find everything that there is to tell of at this moment
 */
export function createClaimedNotices<N extends ClaimedNotice>(
  { model, actions, output }: Pick<CommandContext, 'model' | 'actions' | 'output'>,
  find: (value: ModelValue) => readonly N[],
  tell: (notice: N) => Promise<void>,
): vscode.Disposable {
  let known = new Set<string>();
  return model.onDidChange((value) => {
    // The state comes a moment before the window is attached and can claim anything.
    const notices = value.link.kind === 'attached' ? find(value) : [];
    const fresh = notices.filter(({ id }) => !known.has(id));
    known = new Set(notices.map(({ id }) => id));
    for (const notice of fresh) {
      actions
        .claimNotice(notice.key)
        .then((isOurs) => (isOurs ? tell(notice) : undefined))
        .catch((error: unknown) => logUnexpected(output, 'notice', error));
    }
  });
}
