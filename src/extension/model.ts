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
}

/** The one truth of this window: written by the composition root, read by every view, polled by none. */
export class Model implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<ModelValue>();
  #value: ModelValue;

  /** Fires after every change, with the new value. */
  readonly onDidChange = this.#changed.event;

  constructor(value: ModelValue) {
    this.#value = value;
  }

  get value(): ModelValue {
    return this.#value;
  }

  update(patch: Partial<ModelValue>): void {
    this.#value = { ...this.#value, ...patch };
    this.#changed.fire(this.#value);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
