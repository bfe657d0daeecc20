/** The point in time that all charts point at together, in milliseconds since 1970, or null. */
export class Crosshair {
  readonly #listeners: (() => void)[] = [];
  #at: number | null = null;

  get at(): number | null {
    return this.#at;
  }

  moveTo(at: number | null): void {
    if (at === this.#at) return;
    this.#at = at;
    for (const listener of this.#listeners) listener();
  }

  onDidMove(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
