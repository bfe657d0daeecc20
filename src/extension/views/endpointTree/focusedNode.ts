import * as vscode from 'vscode';

/**
 * The row of a tree view that has the focus, or undefined when none has. To be called while the view itself has it.
 *
 * The editor tells an extension which row is selected, but the arrow keys move the focus alone, and a key that is
 * pressed then is about that row. It is found by selecting it and looking at what has changed, and is left as it was.
 */
export async function focusedNode<Node>(
  view: Pick<vscode.TreeView<Node>, 'selection'>,
): Promise<Node | undefined> {
  const toggle = () => vscode.commands.executeCommand('list.toggleSelection');
  const before = view.selection;
  await toggle();
  const after = view.selection;
  const gained = after.find((node) => !before.includes(node));
  const lost = before.find((node) => !after.includes(node));
  const focused = gained ?? lost;
  if (focused !== undefined) await toggle();
  return focused;
}
