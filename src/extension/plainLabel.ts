/**
 * A user's text for a place that turns `$(name)` into an icon, such as a quick pick or the status bar: what looks
 * like an icon is escaped, so that a name is shown as it was typed.
 */
export function plainLabel(text: string): string {
  return text.replace(/\\?\$\([a-z0-9-]+(?:~[a-z]+)?\)/gi, (match) =>
    match.startsWith('\\') ? match : `\\${match}`,
  );
}
