import type { MessageFromPanel } from '../src/protocol/panel.ts';

/** The editor around the page. */
export interface Host {
  postMessage(message: MessageFromPanel): void;
  /** What `setState` kept while the page was away: hidden, or closed by a reload of the window. */
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): Host;

/** The editor around the page. It can be asked for once only. */
export function acquireHost(): Host {
  return acquireVsCodeApi();
}
