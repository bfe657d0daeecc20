import type { Balanced } from '../../src/core/loadBalancer.ts';

/** An endpoint as the strategies see it: idle, not measured and like all others, but for what is given. */
export function balanced(id: string, sketch: Partial<Balanced> = {}): Balanced {
  return { weight: 100, priority: 1, inFlight: 0, responseMs: undefined, ...sketch, id };
}
