import { defaultHomeFolder } from '../protocol/home.ts';
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
    record({ extension, stateFolder }).catch(() => undefined);
  };
}

const record = async (installation: { extension: string; stateFolder: string }): Promise<void> =>
  recordInstallation(defaultHomeFolder(), installation);
