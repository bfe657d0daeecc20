/*
 * Secrets of tests can be recognised by their form, so that every test watches over all of them: a key names the
 * port that it belongs to, a token says that it must not leave the proxy.
 */

const tokenMark = 'qcc-canary-token-';
const promptMark = 'canary-prompt-';

/** A local token, to be given to a proxy with `--token`. */
export function canaryToken(): string {
  return tokenMark + randomText();
}

/** A key for the endpoint that listens on a port of 127.0.0.1. */
export function canaryKey(port: number): string {
  return `sk-canary-${port}-${randomText()}`;
}

/** Text for a prompt or an answer, which no log may repeat. */
export function canaryPrompt(): string {
  return promptMark + randomText();
}

/** What is wrong with bytes that arrived at the upstream on `port`: a token, or a key of somebody else. */
export function leaksAtUpstream(port: number, text: string): string[] {
  const leaks = text.includes(tokenMark) ? ['the local token'] : [];
  for (const [key, owner] of text.matchAll(/sk-canary-(\d+)-/g)) {
    if (owner !== String(port)) leaks.push(`a key of another origin (${key})`);
  }
  return leaks;
}

/** What is wrong with text that a process wrote about its work. */
export function leaksInLog(text: string): string[] {
  const marks = [tokenMark, promptMark, 'sk-canary-'];
  // A secret may hide in base64; three offsets cover every alignment.
  const encoded = marks.flatMap((mark) =>
    [0, 1, 2].map((shift) =>
      Buffer.from(' '.repeat(shift) + mark)
        .toString('base64')
        .slice(shift === 0 ? 0 : shift + 1, -4),
    ),
  );
  return [...marks, ...encoded].filter((mark) => text.includes(mark));
}

function randomText(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString('base64url');
}
