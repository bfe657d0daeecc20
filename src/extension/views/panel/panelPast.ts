import * as vscode from 'vscode';
import type { RequestRecord, Timeline } from '../../../protocol/history.ts';
import type { MessageToPanel, PanelHistory, PanelRequest } from '../../../protocol/panel.ts';
import type { ProxyRequests } from '../../actions.ts';
import type { Model } from '../../model.ts';
import { KnownNames } from './knownNames.ts';
import { changeMark } from './panelChange.ts';
import { eventsOf } from './panelEvents.ts';
import { createEventWords } from './panelEventWords.ts';
import {
  type HistoryAnswers,
  type HistoryQuestion,
  historyOf,
  paceOf,
  type Span,
  spanOf,
} from './panelHistory.ts';
import { type RequestsQuestion, requestRowOf, requestsParamsOf } from './panelRequests.ts';
import { tellStory } from './requestStory.ts';
import { outcomeText } from './requestWords.ts';
import { StandingQuestion } from './standingQuestion.ts';
import { createStoryWords } from './storyWords.ts';

export interface PanelPastContext {
  readonly model: Model;
  readonly requests: ProxyRequests;
  readonly post: (message: MessageToPanel) => void;
  /** Something happened that should not; what was asked for counts as not to be had. */
  readonly onError: (error: unknown) => void;
}

/** What the proxy has answered about a stretch of time. */
interface PastAnswers extends HistoryAnswers {
  readonly span: Span;
  readonly timeline: Timeline;
}

/** A list of requests changes with every request, and nobody reads faster; in milliseconds. */
const requestsPauseMs = 2_000;

/**
 * What the page of the metrics panel asks of the past, answered anew as long as it is there to be shown. That nothing is
 * polled for holds here too: it is asked again when the published state says that something has happened, and, while the
 * page is there, whenever time has moved its charts on by a point.
 */
export class PanelPast {
  readonly #context: PanelPastContext;
  readonly #history: StandingQuestion<HistoryQuestion, PastAnswers>;
  readonly #requests: StandingQuestion<RequestsQuestion, readonly RequestRecord[]>;
  #mark = '';
  #shownHistory: PanelHistory | null = null;
  #shownRequests: readonly PanelRequest[] | null = null;
  /** The request whose story was asked for last. */
  #openStory: string | undefined;
  /** The same, while no proxy could be asked about it. */
  #unexplained: string | undefined;

  constructor(context: PanelPastContext) {
    this.#context = context;
    const { post, onError, requests } = context;
    const shared = { failed: onError, now: () => performance.now(), setTimer };
    this.#history = new StandingQuestion({
      ...shared,
      ask: (question) => askHistory(requests, question),
      answered: (question, answers) => {
        this.#shownHistory = answers && this.#historyOf(question, answers);
        post({ type: 'history', query: question.query, history: this.#shownHistory });
      },
      pauseMs: ({ range }) => paceOf(range).pauseMs,
      freshMs: ({ range }) => paceOf(range).freshMs,
    });
    this.#requests = new StandingQuestion({
      ...shared,
      ask: (question) => requests.requests(requestsParamsOf(question)),
      answered: (question, records) => {
        this.#shownRequests = records && this.#rowsOf(records);
        post({
          type: 'requests',
          query: question.query,
          requests: this.#shownRequests && [...this.#shownRequests],
        });
      },
      pauseMs: () => requestsPauseMs,
      freshMs: () => null,
    });
  }

  /** What the page shows now. */
  get shown(): { readonly history: PanelHistory | null; readonly requests: readonly PanelRequest[] | null } {
    return { history: this.#shownHistory, requests: this.#shownRequests };
  }

  showHistory(question: HistoryQuestion): void {
    this.#history.ask(question);
  }

  showRequests(question: RequestsQuestion): void {
    this.#requests.ask(question);
  }

  async explain(requestId: string): Promise<void> {
    const { requests, post } = this.#context;
    this.#openStory = requestId;
    this.#unexplained = undefined;
    let record: RequestRecord | null | undefined = null;
    try {
      record = await requests.trace(requestId);
    } finally {
      // With the window or after it a proxy is only about to start: that nobody can be asked is no answer.
      if (record === undefined) {
        if (this.#openStory === requestId) this.#unexplained = requestId;
      } else {
        // The page waits for it, whatever happened.
        const story = record && tellStory(record, createStoryWords(this.#names));
        post({ type: 'story', requestId, story });
      }
    }
  }

  /** The model has changed. */
  update(): void {
    const mark = changeMark(this.#context.model.value);
    if (mark === this.#mark) return;
    this.#mark = mark;
    this.#history.changed();
    this.#requests.changed();
    if (this.#unexplained !== undefined) this.explain(this.#unexplained).catch(this.#context.onError);
  }

  /** There is no page any more that would show anything. */
  forget(): void {
    this.#history.forget();
    this.#requests.forget();
    this.#shownHistory = null;
    this.#shownRequests = null;
    this.#openStory = undefined;
    this.#unexplained = undefined;
  }

  #historyOf(question: HistoryQuestion, { span, timeline, ...answers }: PastAnswers): PanelHistory {
    const events = eventsOf(timeline, question.endpointId, createEventWords(this.#names));
    return historyOf(question, span, answers, events);
  }

  #rowsOf(records: readonly RequestRecord[]): PanelRequest[] {
    const names = this.#names;
    const words = { endpoint: (id: string) => names.endpoint(id), outcome: outcomeText };
    return records.map((record) => requestRowOf(record, words));
  }

  get #names(): KnownNames {
    return new KnownNames(this.#context.model.value.configuration, {
      ofProfile: (name, profile) => vscode.l10n.t('{0} ({1})', name, profile),
      removed: (id) => vscode.l10n.t('removed endpoint {0}', id),
    });
  }
}

/** Asks what the charts and sums of a range are made of; undefined when no proxy is there. */
async function askHistory(
  requests: ProxyRequests,
  { range, endpointId }: HistoryQuestion,
): Promise<PastAnswers | undefined> {
  const span = spanOf(range, Date.now());
  const { from, to, dayEnd } = span;
  const [series, totals, timeline] = await Promise.all([
    requests.series({ from, to, ...(endpointId === null ? {} : { endpointId }) }),
    requests.totals({ from, to: dayEnd }),
    requests.timeline({ from, to }),
  ]);
  return series && totals && timeline && { span, series, totals, timeline };
}

function setTimer(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
