import type { HomeProblem } from '../../protocol/home.ts';

/** How this window stands to the proxy process. */
export type LinkStatus =
  /** Nobody wants it: stopped by the user, or not started because `qcc.proxy.autoStart` is off. */
  | { readonly kind: 'stopped' }
  /** Being found or started. */
  | { readonly kind: 'starting' }
  /**
   * Attached: the proxy listens on `port` and holds this window's configuration. `storedApart` where this editor has
   * stored another one meanwhile, by a window on another host: the user has to choose, and nothing is stored until then.
   */
  | { readonly kind: 'attached'; readonly port: number; readonly storedApart?: true }
  /** The proxy holds a configuration that this window's own does not belong to, such as another editor's: the user has to choose. */
  | { readonly kind: 'otherStore'; readonly port: number }
  /** The port belongs to a program that is not ours. */
  | { readonly kind: 'portTaken'; readonly port: number }
  /**
   * The proxy is of another version that this window cannot talk to. A newer one: the window has to be reloaded. An
   * older one: it could not be replaced, which is tried again.
   */
  | { readonly kind: 'incompatible'; readonly version: string; readonly isOlder: boolean }
  /** It cannot work as things are; `path` is what to look at. It is tried again when the user asks. */
  | { readonly kind: 'unusableHome'; readonly problem: HomeProblem; readonly path: string }
  /** The process ends as soon as it is started; `logPath` says why. It is tried again, ever more slowly. */
  | { readonly kind: 'crashing'; readonly logPath: string };

/** True when two configurations meet, neither of which comes from the other, and the user has to choose. */
export const needsChoice = (link: LinkStatus): boolean =>
  link.kind === 'otherStore' || (link.kind === 'attached' && link.storedApart === true);
