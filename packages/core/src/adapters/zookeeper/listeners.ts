/** Tells whoever wants to hear. */
export class Listeners {
  readonly #all = new Set<{ readonly tell: () => void }>();

  /** Returns what ends it. The same function may listen twice. */
  add(tell: () => void): () => void {
    const one = { tell };
    this.#all.add(one);
    return () => void this.#all.delete(one);
  }

  tell(): void {
    for (const { tell } of this.#all) tell();
  }
}
