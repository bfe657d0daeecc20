import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { runFromPalette } from './editorQuickInput.ts';
import { waitFor } from './waitFor.ts';

/** What a command in the integrated terminal did. */
export interface TerminalResult {
  /** Standard output and standard error, in the order they came. */
  readonly output: string;
  readonly exitCode: number;
}

/**
 * Opens a new integrated terminal, types a shell command and waits until it has finished. The result comes from files
 * and not from the screen, where long lines wrap.
 *
 * @param folder where the files with the result go
 * @param timeoutMs how long the command may take, in milliseconds
 */
export async function runInTerminal(
  page: Page,
  command: string,
  folder: string,
  timeoutMs: number,
): Promise<TerminalResult> {
  const id = randomUUID().slice(0, 8);
  const output = join(folder, `terminal-${id}.out`);
  const exitCode = join(folder, `terminal-${id}.code`);
  // Marks the terminals there are, so that the new one can be told from them.
  await page.evaluate("for (const e of document.querySelectorAll('.terminal-wrapper')) e.dataset.old = ''");
  await runFromPalette(page, 'Terminal: Create New Terminal');
  const active = page.locator('.terminal-wrapper.active:not([data-old])');
  // The shell's prompt: what is typed before it is there may be lost.
  await active.locator('.xterm-rows').filter({ hasText: /\S/ }).waitFor({ timeout: 20_000 });
  await active.locator('.xterm-screen').click();
  await page.keyboard.type(`(${command}) >'${output}' 2>&1; echo $? >'${exitCode}'\n`);
  const code = await waitFor(
    `the terminal finishes: ${command}`,
    () => (existsSync(exitCode) && readFileSync(exitCode, 'utf8').endsWith('\n') ? exitCode : undefined),
    timeoutMs,
  );
  // VS Code 1.104 has something to say about the next key that is for the editor if it is pressed in the terminal.
  await page.evaluate('document.activeElement?.blur()');
  return { output: readFileSync(output, 'utf8'), exitCode: Number(readFileSync(code, 'utf8')) };
}
