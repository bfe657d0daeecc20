/**
 * Kind and place of an error that nobody expected, without its message, which may quote what it met: a key or a
 * prompt, for instance.
 */
export function traceOf(error: unknown): { readonly code: string; readonly trace: string } {
  if (!(error instanceof Error)) return { code: typeof error, trace: '' };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { code: error.name, trace: frames.map((line) => line.trim()).join(' < ') };
}
