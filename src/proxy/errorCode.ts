/** The system's code for an error such as `ECONNRESET`, or else its kind; never its message, which may hold anything. */
export function errorCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  return (error as NodeJS.ErrnoException).code ?? error.name;
}
