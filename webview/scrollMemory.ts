import * as v from 'valibot';
import type { Host } from './host.ts';

const schema = v.object({ x: v.number(), y: v.number() });

/** Puts the page where the user had scrolled it before it was hidden, and remembers it from now on. */
export function keepScrollPosition(host: Host, scroller: HTMLElement): void {
  const kept = v.safeParse(schema, host.getState());
  if (kept.success) scroller.scrollTo(kept.output.x, kept.output.y);
  scroller.addEventListener('scrollend', () =>
    host.setState({ x: scroller.scrollLeft, y: scroller.scrollTop } satisfies v.InferOutput<typeof schema>),
  );
}
