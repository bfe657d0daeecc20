/** So often in a row Claude Code goes on by itself; the next time it ends the turn with an error. */
const maxInARow = 3;
/** Conversations that are remembered at most; the oldest go first. */
const maxConversations = 10_000;

/** Counts how often in a row an answer of a conversation was closed early so that the client goes on by itself. */
export class RescueLimit {
  readonly #inARow = new Map<string, number>();

  /**
   * True while one more would be taken well. A conversation without a name is not counted: the client counts too.
   *
   * @param conversation what it is counted by, see `placeKeyOf`
   */
  allows(conversation: string | undefined): boolean {
    return conversation === undefined || (this.#inARow.get(conversation) ?? 0) < maxInARow;
  }

  /** An answer was closed early. */
  rescued(conversation: string | undefined): void {
    if (conversation === undefined) return;
    const before = this.#inARow.get(conversation) ?? 0;
    this.#inARow.delete(conversation);
    this.#inARow.set(conversation, before + 1);
    const [oldest] = this.#inARow.keys();
    if (this.#inARow.size > maxConversations && oldest !== undefined) this.#inARow.delete(oldest);
  }

  /** An answer came whole. */
  completed(conversation: string | undefined): void {
    if (conversation !== undefined) this.#inARow.delete(conversation);
  }
}
