/** True for the URL of an HTTP proxy that can be used. */
export function isProxyUrl(text: string): boolean {
  try {
    const { protocol, username, password } = new URL(text);
    // Name and password are percent-encoded there; a bare percent sign would fail later, at every request.
    decodeURIComponent(username + password);
    return protocol === 'http:' || protocol === 'https:';
  } catch {
    return false;
  }
}

/**
 * True when a host is to be reached without the corporate proxy: by entries as in `NO_PROXY` and VS Code's
 * `http.noProxy`: `*`, `example.com` (with everything below it), `.example.com`, `*.example.com`, `example.com:8443`.
 *
 * @param hostname as `URL.hostname` spells it
 * @param port the port, also where it is the default one of the scheme
 */
export function isReachedWithoutProxy(hostname: string, port: number, entries: readonly string[]): boolean {
  return entries.some((entry) => {
    const text = entry.trim().toLowerCase();
    if (text === '*') return true;
    const [, name, entryPort] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
    if (!name || (entryPort !== undefined && Number(entryPort) !== port)) return false;
    const suffix = name.replace(/^\*?\.?/, '');
    return suffix !== '' && (hostname === suffix || hostname.endsWith(`.${suffix}`));
  });
}
