import type { PanelEndpoint, PanelRequest } from '../../src/protocol/panel.ts';
import { element, setAttribute, setHidden } from '../element.ts';
import type { PageState } from '../pageState.ts';
import { createDataTable } from '../parts/dataTable.ts';
import { absenceOf, createPlaceholder } from '../parts/placeholder.ts';
import { createSection, type SectionContext } from '../parts/section.ts';
import type { Questions } from '../questions.ts';
import { createRequestFilter } from './requestFilter.ts';
import { createRequestBody, type RequestEntry, requestColumns } from './requestRow.ts';
import type { KnownStory } from './requestStory.ts';

/** What the part about requests needs of its surroundings. */
export interface RequestsContext extends SectionContext {
  readonly state: PageState;
  readonly questions: Questions;
}

const mostRequests = 500;

/** Makes the part about the last requests, each of which opens to its story. */
export function createRequests(context: RequestsContext) {
  const { texts, state, questions } = context;
  const { strings } = texts;
  let requests: readonly PanelRequest[] | null | undefined;
  let story: KnownStory;

  const toggle = (requestId: string) => {
    const isOpen = state.value.story === requestId;
    state.change({ story: isOpen ? null : requestId });
    story = undefined;
    questions.askStory();
    show();
  };
  const columns = requestColumns(texts, toggle);
  const table = createDataTable<RequestEntry>({
    label: strings.lastRequests,
    columns,
    keyOf: ({ request }) => request.id,
    createBody: () => createRequestBody(columns, texts),
  });
  const filter = createRequestFilter(texts, state.value.filter, (changed) => {
    state.change({ filter: changed });
    ask();
  });
  const more = element('button', { type: 'button', class: 'link more' }, strings.more);
  more.addEventListener('click', () => {
    state.change({ limit: Math.min(state.value.limit * 4, mostRequests) });
    ask();
  });
  const none = createPlaceholder(texts, strings.noRequests);
  const noMatch = createPlaceholder(texts, strings.noMatch);
  const section = createSection(strings.lastRequests, context, 'requests');
  const list = element('div', {}, table.root, more, none.root, noMatch.root);
  section.root.append(filter.root, list);

  const ask = () => {
    // What is shown stays until the answer is there, and says that it is about to change.
    setAttribute(list, 'aria-busy', 'true');
    questions.askRequests();
  };
  const show = () => {
    const { filter: by, limit, story: open } = state.value;
    const entries = (requests ?? []).map((request) =>
      request.id === open ? { request, opened: { story } } : { request },
    );
    const hadFocus = document.activeElement === more;
    table.update(entries);
    setHidden(more, entries.length < limit || limit === mostRequests);
    if (hadFocus && more.hidden) table.root.focus({ preventScroll: true });
    const absence = absenceOf(requests, (known) => known);
    const isFiltered = by.text !== '' || by.outcome !== null || by.endpointId !== null;
    none.show(absence === 'empty' && isFiltered ? null : absence);
    noMatch.show(absence === 'empty' && isFiltered ? 'empty' : null);
    section.setExportable(entries.length > 0);
  };

  show();

  return {
    root: section.root,
    updateEndpoints: (endpoints: readonly PanelEndpoint[]) => filter.update(endpoints),
    update(next: readonly PanelRequest[] | null | undefined): void {
      requests = next;
      setAttribute(list, 'aria-busy', null);
      show();
    },
    updateStory(next: KnownStory): void {
      story = next;
      show();
    },
  };
}
