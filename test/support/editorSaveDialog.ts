import type { EditorWindow } from './editor.ts';
import { atStep } from './editorQuickInput.ts';
import { waitFor } from './waitFor.ts';

/** Chooses a file in the dialog that asks where to save something. @param title of the dialog */
export async function saveTo(window: EditorWindow, title: string, path: string): Promise<void> {
  const dialog = await atStep(window.page, { title });
  const input = dialog.locator('input[type=text]');
  await waitFor(
    'the dialog suggests a file',
    async () => /\.\w+$/.test(await input.inputValue()) || undefined,
  );
  await input.fill(path);
  await waitFor('the dialog has taken the path', async () => {
    // While it still lists the folder of the path it takes nothing, and says so in no way.
    await dialog
      .getByRole('button', { name: 'OK', exact: true })
      .click({ timeout: 500 })
      .catch(() => undefined);
    return (await dialog.isHidden()) || undefined;
  });
}
