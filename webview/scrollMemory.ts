import type { PageState } from './pageState.ts';

/** The gestures by which somebody scrolls. */
const gestures = ['wheel', 'pointerdown', 'keydown', 'touchstart'] as const;

/**
 * Puts the page where the user had scrolled it before it was hidden, and remembers it from now on. The page grows as its
 * parts arrive: call the returned function after each, until it is tall enough, or the user scrolls.
 */
export function keepScrollPosition(state: PageState, scroller: HTMLElement): () => void {
  let wanted = state.value.scroll;
  for (const gesture of gestures) {
    scroller.addEventListener(
      gesture,
      () => {
        wanted = 0;
      },
      { passive: true },
    );
  }
  scroller.addEventListener('scrollend', () => {
    if (wanted === 0) state.change({ scroll: scroller.scrollTop });
  });
  return () => {
    if (wanted === 0) return;
    scroller.scrollTop = wanted;
    if (scroller.scrollTop >= Math.floor(wanted)) wanted = 0;
  };
}
