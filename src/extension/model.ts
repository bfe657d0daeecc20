import * as vscode from 'vscode';
import type { Configuration } from '../core/configuration.ts';
import type { ProxyState } from '../protocol/state.ts';
import type { LinkStatus } from './proxyLink/linkStatus.ts';

/** Everything a view shows. */
export interface ModelValue {
  readonly link: LinkStatus;
  /** What the user has set up: as the proxy holds it, or as this window stored it while no proxy is attached. */
  readonly configuration: Configuration;
  /** What the proxy last said of itself, or null while none is attached. */
  readonly state: ProxyState | null;
  /** When this was so, in milliseconds since 1970; what is left of a time is counted from here. */
  readonly now: number;
}

/** The one truth of this window: written by the composition root, read by every view, polled by none. */
export class Model implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<ModelValue>();
  #value: ModelValue;

  /** Fires after every change, with the new value. */
  readonly onDidChange = this.#changed.event;

  constructor(value: Omit<ModelValue, 'now'>) {
    this.#value = { ...value, now: Date.now() };
  }

  get value(): ModelValue {
    return this.#value;
  }

  update(patch: Partial<Omit<ModelValue, 'now'>>): void {
    this.#value = { ...this.#value, ...patch, now: Date.now() };
    this.#changed.fire(this.#value);
  }

  /** Nothing has changed but the time. */
  tick(): void {
    this.update({});
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
