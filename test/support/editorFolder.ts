import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Language of the workbench; the strings of VS Code itself stay English, those of extensions are translated. */
export type EditorLocale = 'en' | 'zh-cn';

/** Where one editor keeps everything it writes. All of it is below {@link EditorFolder.root}. */
export interface EditorFolder {
  readonly root: string;
  /** `HOME` of the editor and its terminals. */
  readonly home: string;
  /** The folder that windows open. */
  readonly workspace: string;
  /** User data: settings, workspace storage, logs. */
  readonly data: string;
  readonly extensions: string;
  /** `TMPDIR` of the editor; the sockets in it limit how long the path may be. */
  readonly temporary: string;
  /** Browser profile: `globalState` and secrets of extensions are stored in it, per origin, so per port. */
  readonly profile: string;
}

/** Settings without which a fresh VS Code opens tours, chat and notifications over what a test looks at. */
const calm: Record<string, unknown> = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.reduceMotion': 'on',
  'chat.disableAIFeatures': true,
  'chat.agentHost.enabled': false,
  'extensions.autoUpdate': 'off',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'git.enabled': false,
  // It would announce the ports of everything that runs on this machine.
  'remote.autoForwardPorts': false,
  'files.simpleDialog.enable': true,
  'window.commandCenter': false,
  // Terminal text is then in the page and not in a canvas.
  'terminal.integrated.gpuAcceleration': 'off',
};

/**
 * Lays out an editor's folder, or opens the one that an earlier editor left behind.
 *
 * @param kept root of an earlier editor's folder; without it a new one is made, with a short path because socket
 *   paths are limited to about 100 bytes
 */
export function openEditorFolder(kept?: string): EditorFolder {
  const root = kept ?? mkdtempSync(join(tmpdir(), 'qcc-ed-'));
  const folder: EditorFolder = {
    root,
    home: join(root, 'home'),
    workspace: join(root, 'ws'),
    data: join(root, 'data'),
    extensions: join(root, 'ext'),
    temporary: join(root, 'tmp'),
    profile: join(root, 'profile'),
  };
  for (const path of Object.values(folder)) mkdirSync(path, { recursive: true });
  return folder;
}

/**
 * Changes the settings of an editor, in both files of a remote one, for each does what the other cannot (measured):
 * `User/settings.json` is the only place for settings of the whole application, but is read when a window opens and
 * not when the file changes, and what it says for settings of `machine` scope is dropped after a while;
 * `Machine/settings.json` keeps those, and open windows apply its changes within half a second.
 *
 * @param settings values by setting id; `undefined` takes a setting out
 */
export function writeSettings(folder: EditorFolder, settings: Record<string, unknown>): void {
  mergeInto(join(folder.data, 'User', 'settings.json'), { ...calm, ...settings });
  mergeInto(join(folder.data, 'Machine', 'settings.json'), settings);
}

function mergeInto(path: string, settings: Record<string, unknown>): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ ...readSettings(path), ...settings }, undefined, 2));
}

function readSettings(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/**
 * Registers an empty language pack: without one the workbench ignores `--locale`, with it extensions find their own
 * translations.
 */
export function writeLanguagePack(folder: EditorFolder, locale: EditorLocale): void {
  if (locale === 'en') return;
  const translation = join(folder.data, 'main.i18n.json');
  writeFileSync(translation, JSON.stringify({ '': [''], version: '1.0.0', contents: {} }));
  const pack = {
    hash: 'qcc',
    extensions: [{ extensionIdentifier: { id: 'qcc.language-pack' }, version: '1.0.0' }],
    translations: { vscode: translation },
    label: locale,
  };
  writeFileSync(join(folder.data, 'languagepacks.json'), JSON.stringify({ [locale]: pack }));
}
