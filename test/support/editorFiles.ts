import type { EditorWindow } from './editor.ts';
import { atStep } from './editorQuickInput.ts';

/** Answers VS Code's own file dialog, to open or to save, which here is a quick input. @param title of the dialog */
export async function chooseFile(window: EditorWindow, title: string, path: string): Promise<void> {
  const widget = await atStep(window.page, { title });
  // It begins with a folder of its own choice, and fills that in when it has read it.
  await widget.locator('.monaco-list-row').first().waitFor();
  await window.fill(path, { title });
  await widget.getByRole('button', { name: /^(OK|Import|导入)$/ }).click();
}

/** The comparison that is open: texts of its two sides, as far as they are on screen. */
export async function comparedTexts(window: EditorWindow, tab: RegExp): Promise<[string, string]> {
  await window.page.locator('.tabs-container .tab.active').filter({ hasText: tab }).waitFor();
  const textOf = async (side: string) => {
    const lines = window.page.locator(
      `.editor-group-container.active .monaco-diff-editor .${side} .view-lines`,
    );
    await lines.locator('.view-line').first().waitFor();
    return (await lines.innerText()).replaceAll('\u00a0', ' ').replaceAll('\u200b', '');
  };
  return [await textOf('original'), await textOf('modified')];
}
