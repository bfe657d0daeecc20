import type { ConfigurationEdit, EditProblem } from '../core/configurationEdits.ts';

/** What became of an edit. */
export type EditOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly problem: EditProblem | 'notAttached' | 'otherStore' | 'notStored' };

/** What became of a reset. */
export type ResetOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly problem: 'endpointGone' | 'notAttached' };

/** What commands can do, apart from asking and telling. Implemented by the composition root. */
export interface Actions {
  /** Makes a change through the proxy. Resolves once it is accepted and in this window's stores. */
  edit(edit: ConfigurationEdit): Promise<EditOutcome>;
  /** Has the proxy forget what it holds against an endpoint: breaker, quarantine, cool-downs, refused models. */
  resetEndpoint(endpointId: string): Promise<ResetOutcome>;
  /**
   * True when this window is the one to tell the user of something, however many are open.
   *
   * @param key names the trouble and its episode
   */
  claimNotice(key: string): Promise<boolean>;
  /** Waits until the proxy is attached, starting it when needed; false when that fails. */
  attach(): Promise<boolean>;
  /** Ends the proxy for all windows. Running streams are finished first. */
  stop(): Promise<void>;
  /** Ends the proxy and starts a new one. */
  restart(): Promise<void>;
}
