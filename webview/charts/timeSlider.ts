import { element, freshId, setAttribute } from '../element.ts';

/** What a slider through time is made with. */
export interface TimeSliderOptions {
  readonly label: string;
  /** What the keys do. */
  readonly hint: string;
  readonly steps: () => number;
  /** The values of a step, as they are spoken. */
  readonly describe: (index: number) => string;
  readonly onMove: (index: number | null) => void;
}

/**
 * Makes a chart a slider through time. Screen readers pass arrow keys on to a slider and speak its text whenever it has
 * changed, politely: what a live region would do for those who can reach the keys, and nothing twice.
 */
export function createTimeSlider(options: TimeSliderOptions) {
  const { steps, describe, onMove } = options;
  const hint = element('span', { id: freshId(), hidden: '' }, options.hint);
  const root = element(
    'div',
    {
      class: 'time',
      role: 'slider',
      tabindex: '0',
      'aria-label': options.label,
      'aria-describedby': hint.id,
    },
    hint,
  );
  let index: number | null = null;

  root.addEventListener('keydown', (event) => {
    const last = steps() - 1;
    const next = target(event.key, index ?? last, last);
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onMove(next);
  });
  root.addEventListener('focus', () => {
    // A click gives the focus too, and puts the crosshair where it is.
    if (root.matches(':focus-visible') && index === null && steps() > 0) onMove(steps() - 1);
  });
  root.addEventListener('blur', () => onMove(null));

  return {
    root,
    /** Says where the crosshair is; null for nowhere. */
    show(next: number | null): void {
      index = next;
      const last = Math.max(steps() - 1, 0);
      const value = Math.min(next ?? last, last);
      setAttribute(root, 'aria-valuemin', '0');
      setAttribute(root, 'aria-valuemax', String(last));
      setAttribute(root, 'aria-valuenow', String(value));
      // Without the focus nobody is told; the text is then made for the step that is reached first.
      setAttribute(root, 'aria-valuetext', steps() === 0 ? null : describe(value));
    },
  };
}

/** Where a key leads from a step; null for nowhere, undefined for keys that mean nothing here. */
function target(key: string, index: number, last: number): number | null | undefined {
  const clamp = (wanted: number) => Math.min(Math.max(wanted, 0), last);
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return clamp(index - 1);
    case 'ArrowRight':
    case 'ArrowUp':
      return clamp(index + 1);
    case 'PageUp':
      return clamp(index + 10);
    case 'PageDown':
      return clamp(index - 10);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'Escape':
      return null;
    default:
      return undefined;
  }
}
