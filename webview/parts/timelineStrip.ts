import type { PanelHistory, PanelTone } from '../../src/protocol/panel.ts';
import { element, setText } from '../element.ts';
import type { Formats } from '../format.ts';
import { createKeyedChildren, type KeyedChild } from '../keyedChildren.ts';

type Event = PanelHistory['events'][number];

/** Events that are too close to each other to be told apart. */
interface Mark {
  readonly slot: number;
  readonly tone: PanelTone;
  readonly kind: Event['kind'];
  readonly count: number;
  /** The last of them. */
  readonly newest: Event;
}

/** So many marks fit beside each other on a narrow page. */
const slots = 60;
const tones: readonly PanelTone[] = ['good', 'neutral', 'warning', 'bad'];
const axisMarks = 5;

/**
 * Makes a strip on which events are marked where they happened. It is for the eyes only: the table below says the same.
 */
export function createTimelineStrip(formats: Formats) {
  const marks = element('div', { class: 'marks' });
  const times = Array.from({ length: axisMarks }, () => element('span'));
  const updateMarks = createKeyedChildren<Mark>(
    marks,
    ({ slot }) => String(slot),
    () => createMark(formats),
  );
  return {
    root: element(
      'div',
      { class: 'strip', 'aria-hidden': 'true' },
      marks,
      element('div', { class: 'axis' }, ...times),
    ),
    update({ events, from, to }: Pick<PanelHistory, 'events' | 'from' | 'to'>): void {
      updateMarks(marksOf(events, from, to));
      const step = (to - from) / (axisMarks - 1);
      for (const [index, time] of times.entries()) setText(time, formats.timeMark(from + index * step, step));
    },
  };
}

/** Events come newest first. The worst of those that share a mark gives it its look. */
function marksOf(events: readonly Event[], from: number, to: number): Mark[] {
  const found = new Map<number, Mark>();
  for (const event of events) {
    if (event.at < from || event.at > to) continue;
    const slot = Math.min(Math.floor(((event.at - from) / (to - from)) * slots), slots - 1);
    const mark = found.get(slot);
    const isWorse = !mark || tones.indexOf(event.tone) > tones.indexOf(mark.tone);
    found.set(slot, {
      slot,
      tone: isWorse ? event.tone : mark.tone,
      kind: mark?.kind === 'switch' ? 'switch' : event.kind,
      count: (mark?.count ?? 0) + 1,
      newest: mark?.newest ?? event,
    });
  }
  return [...found.values()];
}

function createMark(formats: Formats): KeyedChild<Mark> {
  const root = element('span', { class: 'mark' });
  return {
    root,
    update({ slot, tone, kind, count, newest }) {
      root.style.left = `${((slot + 0.5) / slots) * 100}%`;
      root.dataset.tone = tone;
      root.dataset.kind = kind;
      setText(root, count > 1 ? formats.roughly(count) : '');
      root.title = `${formats.moment(newest.at)} · ${newest.subject} · ${newest.text}`;
    },
  };
}
