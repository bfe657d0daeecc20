/** The folders that editors are installed in: the newest one, and the oldest one that the extension supports. */
export const editorHosts: { readonly newest: string; readonly oldest: string };
/**
 * Whether the oldest one runs on this machine: it needs the Node of its time, which comes as a package of one platform.
 */
export function hasOldestHost(): boolean;
