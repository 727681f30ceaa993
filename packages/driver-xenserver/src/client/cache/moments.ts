/**
 * A clock that counts instead of measuring: it orders what this process sent and heard. An answer shows the pool as it
 * was after the moment its request was sent, and a write is visible from the moment its reply came.
 */
export class Moments {
  #now = 0;

  /** A moment after all earlier ones. */
  next(): number {
    this.#now += 1;
    return this.#now;
  }
}
