import type { FeedListener, FeedNotice, Listening } from '@gdcloud/core';

/** A listener that remembers what it was told. */
export class Ear implements FeedListener {
  readonly notices: FeedNotice[] = [];
  /** What it answers from now on. */
  answer: 'more' | 'full' = 'more';
  #listening: Listening | undefined;

  /** Begins to listen. */
  open(listening: Listening): this {
    this.#listening = listening;
    listening.begin(this);
    return this;
  }

  hear(notice: FeedNotice): 'more' | 'full' {
    this.notices.push(notice);
    return this.answer;
  }

  /** Takes more again. */
  ready(): void {
    this.answer = 'more';
    this.#listening?.ready();
  }

  close(): void {
    this.#listening?.close();
  }

  /** The kinds of what it was told, without changes. */
  get kinds(): readonly string[] {
    return this.notices.map(({ kind }) => kind).filter((kind) => kind !== 'change');
  }

  /** `type id what` of every event it was told of. */
  get events(): readonly string[] {
    return this.notices.flatMap((notice) =>
      notice.kind === 'change'
        ? notice.change.events.map(
            ({ what }) => `${notice.change.type.id} ${notice.change.id} ${what}`,
          )
        : [],
    );
  }

  /** The types and ids of what it was told of, each once. */
  get resources(): readonly string[] {
    return [
      ...new Set(
        this.notices.flatMap((notice) =>
          notice.kind === 'change' ? `${notice.change.type.id} ${notice.change.id}` : [],
        ),
      ),
    ];
  }

  /** The position that it was told last. */
  get position(): string {
    const positions = this.notices.flatMap((notice) =>
      'position' in notice ? notice.position : [],
    );
    return positions.at(-1) ?? '';
  }

  /** Why it was told farewell; undefined as long as it was not. */
  get farewell(): string | undefined {
    const last = this.notices.at(-1);
    return last?.kind === 'bye' ? last.reason : undefined;
  }
}
