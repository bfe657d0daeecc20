import { randomInt } from 'node:crypto';

/** From 0 up to 1; nobody can foretell the codes that are made of it. */
export const unforeseeable = (): number => randomInt(2 ** 32) / 2 ** 32;
