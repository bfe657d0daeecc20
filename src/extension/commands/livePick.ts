import * as vscode from 'vscode';

/** A row of a list that changes while it is open; separators have no id. */
export interface LiveItem extends vscode.QuickPickItem {
  readonly id?: string;
}

/** A button in the title of a list. It leads somewhere else, so that the list is closed before. */
export interface TitleButton extends vscode.QuickInputButton {
  run(): PromiseLike<unknown>;
}

export interface LivePick<I extends LiveItem> {
  readonly title: string;
  readonly placeholder: string;
  /** The rows as they are now. */
  items(): readonly I[] | Promise<readonly I[]>;
  /** Fires when the rows may have changed. */
  readonly onDidChange: vscode.Event<unknown>;
  /** Id of the row to begin at. */
  readonly active?: string | undefined;
  readonly titleButtons?: readonly TitleButton[];
}

/** A row, and which of its buttons was pressed; undefined when the row itself was chosen. */
export interface Picked<I> {
  readonly item: I;
  readonly button: vscode.QuickInputButton | undefined;
}

/**
 * Asks for a row of a list that is kept up to date while it is open. Undefined when the user cancelled, or went where a
 * button in the title leads.
 */
export async function pickLive<I extends LiveItem>(options: LivePick<I>): Promise<Picked<I> | undefined> {
  const chosen = await choose(options);
  if (chosen === undefined || 'item' in chosen) return chosen;
  await chosen.run();
  return undefined;
}

async function choose<I extends LiveItem>(
  options: LivePick<I>,
): Promise<Picked<I> | TitleButton | undefined> {
  const pick = vscode.window.createQuickPick<I>();
  const titleButtons = options.titleButtons ?? [];
  pick.title = options.title;
  pick.placeholder = options.placeholder;
  pick.buttons = titleButtons;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.keepScrollPosition = true;
  let shown = '';
  const update = async () => {
    const items = await options.items();
    const key = JSON.stringify(items);
    // Rows that are drawn again would lose the focus for nothing.
    if (key === shown) return;
    const active = shown === '' ? options.active : pick.activeItems[0]?.id;
    shown = key;
    pick.items = items;
    // To name no row would take the focus from the first one, and Enter would do nothing.
    const found = items.filter(({ id }) => id !== undefined && id === active);
    if (found.length > 0) pick.activeItems = found;
  };
  const subscriptions: vscode.Disposable[] = [];
  try {
    return await new Promise<Picked<I> | TitleButton | undefined>((resolve, reject) => {
      subscriptions.push(
        pick.onDidAccept(() => {
          const [item] = pick.activeItems;
          if (item) resolve({ item, button: undefined });
        }),
        pick.onDidTriggerItemButton(({ item, button }) => resolve({ item, button })),
        pick.onDidTriggerButton((pressed) => resolve(titleButtons.find((button) => button === pressed))),
        pick.onDidHide(() => resolve(undefined)),
        options.onDidChange(() => void update().catch(reject)),
      );
      pick.show();
      update().catch(reject);
    });
  } finally {
    for (const subscription of subscriptions) subscription.dispose();
    pick.dispose();
  }
}
