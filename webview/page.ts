import type {
  PanelCommand,
  PanelExportFormat,
  PanelHistory,
  PanelRequest,
  PanelString,
  PanelTable,
  PanelView,
} from '../src/protocol/panel.ts';
import { createCharts } from './charts/charts.ts';
import { element, setAttribute } from './element.ts';
import { createEndpoints } from './endpoints/endpointsSection.ts';
import { createFormats } from './format.ts';
import type { Host } from './host.ts';
import type { PageState } from './pageState.ts';
import { createDays, createModels } from './parts/breakdowns.ts';
import { createEndpointPicker } from './parts/endpointPicker.ts';
import { createHeader } from './parts/header.ts';
import { createNotices } from './parts/notices.ts';
import { createRangePicker } from './parts/rangePicker.ts';
import { createSummary } from './parts/summary.ts';
import { createTimeline } from './parts/timeline.ts';
import { createTotals } from './parts/totals.ts';
import type { Questions } from './questions.ts';
import type { KnownStory } from './requests/requestStory.ts';
import { createRequests } from './requests/requestsSection.ts';

/** What the page needs of its surroundings. */
export interface PageContext {
  readonly host: Host;
  readonly state: PageState;
  readonly questions: Questions;
  readonly strings: Record<PanelString, string>;
}

/** What an answer can be: undefined until it comes, null when nobody can give it. */
type Answer<T> = T | null | undefined;

/** Puts the page together. It shows what it is handed, part by part. */
export function createPage({ host, state, questions, strings }: PageContext) {
  const run = (command: PanelCommand) => host.postMessage({ type: 'command', command });
  const exportTable = (table: PanelTable, format: PanelExportFormat) =>
    host.postMessage({ type: 'export', table, format });
  const texts = { strings, formats: createFormats(document.documentElement.lang) };
  const context = { texts, state, questions, exportTable, run };

  const header = createHeader(texts, run);
  const summary = createSummary(texts, () => run('copyAddress'));
  const notices = createNotices(run);
  const totals = createTotals(texts);
  const charts = createCharts(context);
  const endpoints = createEndpoints(context);
  const timeline = createTimeline(context);
  const requests = createRequests(context);
  const models = createModels(context);
  const days = createDays(context);

  const ask = () => {
    // The old pictures stay until the new ones are there, and say that they are about to change.
    for (const { root } of past) setAttribute(root, 'aria-busy', 'true');
    questions.askHistory();
  };
  const ranges = createRangePicker(texts, state.value.range, (range) => {
    state.change({ range });
    ask();
  });
  const endpoint = createEndpointPicker(texts, state.value.endpointId, (endpointId) => {
    state.change({ endpointId });
    ask();
  });
  const past = [totals, charts, endpoints, timeline, models, days];
  const main = element(
    'main',
    {},
    header.root,
    summary.root,
    notices.root,
    element('div', { class: 'scope' }, ranges, endpoint.root),
    totals.root,
    charts.root,
    endpoints.root,
    timeline.root,
    requests.root,
    models.root,
    days.root,
  );

  let view: PanelView | undefined;
  let history: Answer<PanelHistory>;
  const showHistory = () => {
    totals.update(history);
    charts.update(history);
    timeline.update(history);
    models.update(history);
    days.update(history);
  };
  const showEndpoints = () => endpoints.update(view?.endpoints ?? [], history);
  showHistory();

  return {
    main,
    updateView(next: PanelView): void {
      view = next;
      header.update(next);
      summary.update(next);
      notices.update(next.notices);
      endpoint.update(next.endpoints);
      requests.updateEndpoints(next.endpoints);
      showEndpoints();
    },
    confirmCopy: () => summary.confirmCopy(),
    updateHistory(next: Answer<PanelHistory>): void {
      history = next;
      for (const { root } of past) setAttribute(root, 'aria-busy', null);
      showHistory();
      showEndpoints();
    },
    updateRequests: (next: Answer<readonly PanelRequest[]>) => requests.update(next),
    updateStory: (next: KnownStory) => requests.updateStory(next),
  };
}
