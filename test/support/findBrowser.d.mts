/** See `findBrowser.mjs`, which is JavaScript because `setup.mjs` needs it on a Node that runs no TypeScript. */
export function findBrowser(): string | undefined;
