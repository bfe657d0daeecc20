import type { PageState } from './pageState.ts';

/** The gestures by which somebody scrolls. */
const gestures = ['wheel', 'pointerdown', 'keydown', 'touchstart'] as const;

/**
 * Puts the page where the user had scrolled it before it was hidden, and remembers it from now on. The page grows as its
 * parts arrive and are laid out: each time it is tried again, until it is tall enough, or the user scrolls.
 */
export function keepScrollPosition(state: PageState, scroller: HTMLElement): void {
  let wanted = state.value.scroll;
  const growth = new ResizeObserver(() => {
    scroller.scrollTop = wanted;
    if (scroller.scrollTop >= Math.floor(wanted)) settle();
  });
  const settle = () => {
    wanted = 0;
    growth.disconnect();
  };
  if (wanted > 0) for (const part of scroller.children) growth.observe(part);
  for (const gesture of gestures) scroller.addEventListener(gesture, settle, { passive: true });
  scroller.addEventListener('scrollend', () => {
    if (wanted === 0) state.change({ scroll: scroller.scrollTop });
  });
}
