/**
 * Orders versions of the extension, which are three numbers by the rule of the editor
 * (https://code.visualstudio.com/api/references/extension-manifest); what follows them does not count. Of two builds of
 * one version none is newer, so that they never replace each other in turn.
 *
 * @returns below 0 when `a` is older, above 0 when it is newer, else 0
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (const [index, part] of left.entries()) {
    const difference = part - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Of a text that is no version: older than every one. */
function partsOf(version: string): readonly number[] {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match ? match.slice(1).map(Number) : [-1, -1, -1];
}
