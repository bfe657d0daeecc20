import { findBrowser } from './findBrowser.mjs';

/**
 * The executable of a Chromium for tests.
 *
 * @throws with the command that installs one when there is none on this machine
 */
export function findChromium(): string {
  const path = findBrowser();
  if (path) return path;
  throw new Error('No Chromium found. Run `node test/support/setup.mjs --editor`, or set QCC_CHROMIUM.');
}
