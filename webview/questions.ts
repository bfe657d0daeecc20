import type { MessageToPanel } from '../src/protocol/panel.ts';
import type { Host } from './host.ts';
import type { PageState } from './pageState.ts';

/** What the page asks about the past. Only the answer to the last question of a kind counts. */
export class Questions {
  readonly #host: Host;
  readonly #state: PageState;
  // An earlier page of this panel may have asked as well; its answers must not be taken for those to this one.
  #lastQuery = Date.now();
  #historyQuery = 0;
  #requestsQuery = 0;

  constructor(host: Host, state: PageState) {
    this.#host = host;
    this.#state = state;
  }

  /** Asks for everything that the page shows. */
  askAll(): void {
    this.#host.postMessage({ type: 'ready' });
    this.askHistory();
    this.askRequests();
    this.askStory();
  }

  askHistory(): void {
    const { range, endpointId } = this.#state.value;
    this.#historyQuery = this.#next();
    this.#host.postMessage({ type: 'showHistory', query: this.#historyQuery, range, endpointId });
  }

  askRequests(): void {
    const { filter, limit } = this.#state.value;
    this.#requestsQuery = this.#next();
    this.#host.postMessage({ type: 'showRequests', query: this.#requestsQuery, filter, limit });
  }

  askStory(): void {
    const { story } = this.#state.value;
    if (story !== null) this.#host.postMessage({ type: 'explain', requestId: story });
  }

  /** Whether it answers the last question of its kind. */
  isCurrent(message: Extract<MessageToPanel, { type: 'history' | 'requests' | 'story' }>): boolean {
    switch (message.type) {
      case 'history':
        return message.query === this.#historyQuery;
      case 'requests':
        return message.query === this.#requestsQuery;
      case 'story':
        return message.requestId === this.#state.value.story;
    }
  }

  #next(): number {
    this.#lastQuery += 1;
    return this.#lastQuery;
  }
}
