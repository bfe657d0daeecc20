import type { PanelHistory } from '../../src/protocol/panel.ts';
import { element, setHidden, setText } from '../element.ts';
import { column, createDataTable } from './dataTable.ts';
import { absenceOf, createPlaceholder } from './placeholder.ts';
import { createSection, type SectionContext } from './section.ts';
import { createTimelineStrip } from './timelineStrip.ts';

type Event = PanelHistory['events'][number];

/** So many are shown before somebody asks for more. */
const firstEvents = 8;

/** Makes the part about what happened to endpoints and profiles. */
export function createTimeline(context: SectionContext) {
  const { strings, formats } = context.texts;
  const section = createSection(strings.events, context, 'events');
  const strip = createTimelineStrip(formats);
  const table = createDataTable<Event>({
    label: strings.events,
    keyOf: ({ at, subject }) => `${at} ${subject}`,
    columns: [
      column('time', strings.time, ({ at }) => formats.moment(at)),
      {
        title: strings.event,
        kind: 'prose',
        fill: (cell) => {
          const text = element('span', { class: 'toned' });
          cell.append(text);
          return (event) => {
            text.dataset.tone = event.tone;
            setText(text, event.text);
          };
        },
      },
      {
        title: strings.subject,
        kind: 'text',
        fill: (cell) => {
          const [kind, subject] = [element('span', { class: 'note' }), element('span')];
          cell.append(kind, ' ', subject);
          return (event) => {
            setText(kind, event.kind === 'switch' ? strings.profile : strings.endpoint);
            setText(subject, event.subject);
          };
        },
      },
    ],
  });
  const placeholder = createPlaceholder(context.texts, strings.noEvents);
  const more = element('button', { type: 'button', class: 'link more' }, strings.more);
  let shown = firstEvents;
  let events: readonly Event[] = [];
  const show = () => {
    table.update(events.slice(0, shown));
    setHidden(more, events.length <= shown);
  };
  more.addEventListener('click', () => {
    shown *= 4;
    show();
    // The button may be gone now.
    if (more.hidden) table.root.focus({ preventScroll: true });
  });
  section.root.append(strip.root, table.root, more, placeholder.root);
  return {
    root: section.root,
    update(history: PanelHistory | null | undefined): void {
      events = history?.events ?? [];
      placeholder.show(absenceOf(history, (known) => known.events));
      setHidden(strip.root, events.length === 0);
      if (history) strip.update(history);
      show();
      section.setExportable(events.length > 0);
    },
  };
}
