/**
 * Carries texts between processes, by topic. Lossy by contract: a message may be lost, doubled, late or out of order, and
 * nothing tells whether anybody listens. Whoever needs an answer asks again until it has one.
 */
export interface MessageBus {
  /** Sends `message` to every subscriber of `topic` in every process, best effort. Returns at once and never fails the caller. */
  publish(topic: string, message: string): void;

  /**
   * Calls `receive` for each message of `topic` until the returned function is called. `receive` must not throw. Resolves
   * once messages are received, or at once where the bus is away: it then listens as soon as it is back.
   */
  subscribe(topic: string, receive: (message: string) => void): Promise<() => Promise<void>>;
}
