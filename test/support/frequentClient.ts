import http from 'node:http';

/** What became of the connections of a client that opens a new one again and again. */
export interface ConnectionCount {
  /** How many were opened. */
  readonly tried: number;
  /** How many were answered. */
  readonly answered: number;
  /** Codes of those that failed. */
  readonly failures: readonly string[];
}

/**
 * Opens a connection to a port every so often, asks whether the proxy is there, and closes it when that is answered.
 *
 * @param everyMs in milliseconds
 * @returns ends it, waits for those that are open, and tells what became of them
 */
export function connectFrequently(port: number, everyMs: number): () => Promise<ConnectionCount> {
  const failures: string[] = [];
  const open = new Set<Promise<void>>();
  let tried = 0;
  let answered = 0;
  const timer = setInterval(() => {
    tried += 1;
    const asked = hello(port).then(
      () => {
        answered += 1;
      },
      (error: NodeJS.ErrnoException) => {
        failures.push(error.code ?? error.message);
      },
    );
    open.add(asked);
    void asked.finally(() => open.delete(asked));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
    return { tried, answered, failures };
  };
}

/** The request that Claude Code warms its connections up with. */
function hello(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1',
      port,
      method: 'HEAD',
      path: '/api/hello',
      agent: false,
    });
    request.once('error', reject);
    request.once('response', (response) => {
      response.resume();
      response.once('close', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.end();
  });
}
