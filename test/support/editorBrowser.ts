import { type BrowserContext, chromium } from 'playwright-core';
import { findChromium } from './chromium.ts';

/**
 * Launches a headless Chromium whose pages are windows of one editor: they share one profile, as the windows of one
 * desktop editor share their stores.
 *
 * @param profile folder of the browser profile; a second launch with the same one finds what the first one stored
 * @param origin the editor's origin, which gets access to the clipboard
 * @throws when there is no browser on this machine
 */
export async function launchBrowser(profile: string, origin: string): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    headless: true,
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
    // Whoever uses this decides what a signal means; the exit of this process ends the browser in any case.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  return context;
}
