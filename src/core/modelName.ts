/** Names of models are kept and told so far, in UTF-16 code units: clients can make up any. */
const maxLength = 128;

/** The name of a model as it is kept and told: not too long, and without half a character where it was cut. */
export function shortModelName(name: string): string {
  return name.length <= maxLength ? name : name.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '');
}
