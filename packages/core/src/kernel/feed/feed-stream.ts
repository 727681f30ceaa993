import type { ChangeRecord } from '../../ports/change-records.js';
import type { Clock } from '../../ports/clock.js';
import type { Store } from '../../ports/store.js';
import type { Caller } from '../resources.js';
import { isWanted, mayHear, type WantedChanges } from './change.js';
import type { ChangeDescriptions } from './change-descriptions.js';
import type { ChangeReader } from './change-reader.js';
import type { ByeReason, FeedListener, FeedNotice, ResetReason } from './feed.js';
import { afterReading, hasRead, type Position } from './position.js';
import type { ToldPosition } from './position-codec.js';
import type { ReadChange } from './recent-changes.js';

/** How many records one who catches up reads at a time. */
const BATCH = 500;
/**
 * How old a position may be; milliseconds. Tombstones are forgotten after a day: whoever comes later would not hear of
 * removals.
 */
const OLDEST = 23 * 60 * 60_000;

/** What streams share. */
export interface StreamSurroundings {
  readonly store: Pick<Store, 'changes'>;
  readonly reader: ChangeReader;
  readonly descriptions: ChangeDescriptions;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly behind: number;
  /** As clients give it back. */
  readonly text: (position: Position) => string;
  /** Runs `work` when its turn has come: few read the store at a time. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Called once, when it tells nothing any more. */
  ended(stream: FeedStream): void;
  /** Called for what is told. */
  told(kind: FeedNotice['kind']): void;
}

/**
 * One listener: told of changes as they are read; or, when it has not taken all of them or comes from an earlier
 * position, catching up from there until it is where everybody is. It keeps a position, and no changes.
 */
export class FeedStream {
  readonly caller: Caller;
  readonly wanted: WantedChanges;
  readonly began: number;
  readonly #around: StreamSurroundings;
  readonly #resumed: ToldPosition | undefined;
  #listener: FeedListener | undefined;
  #state: 'new' | 'live' | 'behind' | 'full' | 'closed' = 'new';
  /** Up to where it has been told, unless it is live: then that is where the reader is. */
  #position: Position | undefined;
  #fullSince = 0;
  /** Whether it has read the store itself since it last knew that the reader had read all of that too. */
  #mayBeAhead: 'yes' | 'no' = 'no';

  constructor(
    caller: Caller,
    wanted: WantedChanges,
    resumed: ToldPosition | undefined,
    around: StreamSurroundings,
  ) {
    this.caller = caller;
    this.wanted = wanted;
    this.#resumed = resumed;
    this.#around = around;
    this.began = around.clock.monotonic();
  }

  /** See Listening.begin. */
  begin(listener: FeedListener): void {
    if (this.#state !== 'new') return;
    this.#listener = listener;
    const { reader } = this.#around;
    const lost = this.#lost();
    if (this.#resumed === undefined || lost !== undefined) {
      this.#say({ kind: 'ready', position: this.#around.text(reader.position) });
      if (lost === undefined) this.#live();
      else this.#reset(lost);
      return;
    }
    this.#position = this.#resumed.position;
    this.#say({ kind: 'ready', position: this.#around.text(this.#position) });
    this.#catchUp();
  }

  /** See Listening.ready. */
  ready(): void {
    if (this.#state === 'full') this.#catchUp();
  }

  /** Something was read. */
  tell(read: ReadChange): void {
    if (this.#state !== 'live' || this.#hearOf(read, read.position) === 'more') return;
    this.#full(read.position);
  }

  /** From time to time: tells a listener who waits that it goes on. */
  still(): void {
    if (this.#state !== 'live') return;
    const { reader, text } = this.#around;
    if (this.#say({ kind: 'still', position: text(reader.position) }) === 'full')
      this.#full(reader.position);
  }

  /** Whether it has not begun after so many milliseconds: whoever asked for it is gone. */
  isForgotten(ms: number): boolean {
    return this.#state === 'new' && this.#around.clock.monotonic() - this.began >= ms;
  }

  /** For how long the listener has taken nothing; milliseconds. */
  get fullMs(): number {
    return this.#state === 'full' ? this.#around.clock.monotonic() - this.#fullSince : 0;
  }

  /** Ends it, with a last word where there is a reason. */
  close(reason?: ByeReason): void {
    if (this.#state === 'closed') return;
    const hears = this.#state !== 'new';
    this.#state = 'closed';
    if (reason !== undefined && hears) this.#say({ kind: 'bye', reason });
    this.#around.ended(this);
  }

  #lost(): ResetReason | undefined {
    if (this.#resumed === undefined) return undefined;
    const { reader, clock, behind } = this.#around;
    const { position, at } = this.#resumed;
    if (position.last > reader.position.last) return 'restored';
    if (clock.now() - at > OLDEST) return 'expired';
    return reader.position.last - position.last > behind ? 'behind' : undefined;
  }

  #live(): void {
    if (this.#state === 'closed') return;
    this.#state = 'live';
    this.#position = undefined;
  }

  #full(position: Position): void {
    if (this.#state === 'closed') return;
    this.#state = 'full';
    this.#position = position;
    this.#fullSince = this.#around.clock.monotonic();
  }

  #reset(reason: ResetReason): void {
    const { reader, text } = this.#around;
    const { position } = reader;
    if (this.#say({ kind: 'reset', reason, position: text(position) }) === 'full')
      this.#full(position);
    else this.#live();
  }

  #catchUp(): void {
    this.#state = 'behind';
    this.#caughtUp().catch(() => this.close('unavailable'));
  }

  async #caughtUp(): Promise<void> {
    const { reader, behind } = this.#around;
    // How much the reader had read when all that there was had been told.
    let count: number | undefined;
    while (!this.#isOver()) {
      if (this.#mayBeAhead === 'yes') {
        // What the reader has yet to read would be told twice.
        await reader.catchUp();
        if (this.#isOver()) return;
        this.#mayBeAhead = 'no';
      }
      const position = this.#position ?? reader.position;
      const recent =
        count === undefined ? reader.recent.after(position) : reader.recent.since(count);
      if (recent !== undefined) {
        if (this.#deliver(recent) === 'all') this.#live();
        return;
      }
      if (reader.position.last - position.last > behind) {
        this.#reset('behind');
        return;
      }
      const before = reader.recent.count;
      const records = await this.#around.inTurn(() => this.#records(position));
      this.#mayBeAhead = 'yes';
      if (this.#isOver() || this.#deliver(records) === 'some') return;
      count = records.length < BATCH ? before : undefined;
    }
  }

  async #records(position: Position): Promise<readonly Omit<ReadChange, 'position'>[]> {
    const { store, descriptions } = this.#around;
    const query = { after: position.last, missing: position.gaps, limit: BATCH };
    const records: readonly ChangeRecord[] = await store.changes(query);
    const changes = await descriptions.of(records);
    return records.map(({ number }, index) => ({ number, change: changes[index] }));
  }

  #deliver(reads: readonly Omit<ReadChange, 'position'>[]): 'all' | 'some' {
    const now = this.#around.clock.monotonic();
    for (const read of reads) {
      const before = this.#position ?? this.#around.reader.position;
      if (hasRead(before, read.number)) continue;
      const position = afterReading(before, read.number, now);
      this.#position = position;
      if (this.#hearOf(read, position) === 'full') this.#full(position);
      if (this.#state !== 'behind') return 'some';
    }
    return 'all';
  }

  #isOver(): boolean {
    return this.#state !== 'behind';
  }

  #hearOf({ change }: Pick<ReadChange, 'change'>, position: Position): 'more' | 'full' {
    if (change === undefined || !mayHear(this.caller, change) || !isWanted(this.wanted, change))
      return 'more';
    return this.#say({ kind: 'change', change, position: this.#around.text(position) });
  }

  #say(notice: FeedNotice): 'more' | 'full' {
    this.#around.told(notice.kind);
    return this.#listener?.hear(notice) ?? 'more';
  }
}
