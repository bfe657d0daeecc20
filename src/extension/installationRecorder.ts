import fs from 'node:fs';
import { recordInstallation } from '../protocol/installations.ts';

/**
 * Returns what records, once for each, the state folders that this installation uses, for the script that cleans up after
 * its removal. Where that fails, the folders are simply not cleaned up.
 *
 * @param extension where the editor has put the extension
 */
export function createInstallationRecorder(extension: string): (stateFolder: string) => void {
  const recorded = new Set<string>();
  return (stateFolder) => {
    if (recorded.has(stateFolder)) return;
    recorded.add(stateFolder);
    record(extension, stateFolder).catch(() => undefined);
  };
}

async function record(extension: string, stateFolder: string): Promise<void> {
  // The script is told its own path without links, and one folder may be reached by several.
  const installation = { extension: fs.realpathSync(extension), stateFolder: fs.realpathSync(stateFolder) };
  // The one says that the folder is needed: where it cannot be written, the folder is not to be found either.
  await recordInstallation(installation.stateFolder, installation);
  await recordInstallation(installation.extension, installation);
}
