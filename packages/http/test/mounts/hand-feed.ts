import type { Feed, FeedListener, FeedNotice, Listening } from '@gdcloud/core';

/** A feed that says what a test says, to whoever listened last. */
export class HandFeed implements Feed {
  /** How often a listener has left. */
  closed = 0;
  /** How often a listener that was full wanted more. */
  wanted = 0;
  #listener: FeedListener | undefined;
  #heard: () => void = () => undefined;

  listen(): Promise<Listening> {
    return Promise.resolve({
      begin: (listener) => {
        this.#listener = listener;
        listener.hear({ kind: 'ready', position: '1' });
      },
      ready: () => {
        this.wanted += 1;
        this.#heard();
      },
      close: () => {
        this.closed += 1;
        this.#heard();
      },
    });
  }

  /** Tells the listener something. */
  say(notice: FeedNotice): 'more' | 'full' {
    if (this.#listener === undefined) throw new Error('nobody listens');
    return this.#listener.hear(notice);
  }

  /** Resolves once `isSo`, which is asked whenever a listener has left or wants more. */
  async until(isSo: (feed: HandFeed) => boolean): Promise<void> {
    while (!isSo(this)) await new Promise<void>((resolve) => (this.#heard = resolve));
  }
}
