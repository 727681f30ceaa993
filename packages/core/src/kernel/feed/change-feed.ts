import { ensureError, RequestError } from '../../model/errors.js';
import type { TypeRegistry } from '../../model/registry.js';
import type { Cancel, Clock } from '../../ports/clock.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { Logger } from '../../ports/logger.js';
import { type Counter, type Histogram, type Meter, SECONDS } from '../../ports/meter.js';
import type { Store } from '../../ports/store.js';
import type { Caller } from '../resources.js';
import { Audience } from './audience.js';
import { ChangeDescriptions } from './change-descriptions.js';
import { ChangeReader } from './change-reader.js';
import {
  FEED_LIMITS,
  type Feed,
  type FeedLimits,
  type Listening,
  type ListenRequest,
} from './feed.js';
import { FeedStream, type StreamSurroundings } from './feed-stream.js';
import { revokedCallers } from './listening-rights.js';
import type { Position } from './position.js';
import { PositionCodec } from './position-codec.js';
import type { ReadChange } from './recent-changes.js';
import { Turns } from './turns.js';

/** How often records are read though nothing was heard of one; milliseconds. */
const TICK = 1_000;
/** Each listener is told that the feed goes on once in so many ticks. */
const STILL_TICKS = 15;
/** The rights of all are looked at once in so many ticks, and when a key or an account changes. */
const RIGHTS_TICKS = 5;
/** How long a listener may take to begin; milliseconds. */
const MOST_UNBEGUN = 60_000;
/** How many listeners read the store at a time to catch up. */
const READERS = 4;

/** What a feed is made of. */
export interface ChangeFeedOptions {
  readonly store: Pick<Store, 'newestChanges' | 'changes' | 'findAll' | 'idsOf'>;
  readonly types: TypeRegistry;
  readonly events: Pick<EventBus, 'subscribe'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** This cloud's own: positions are signed with what is made of it. */
  readonly secret: Uint8Array;
  /** The types of keys and accounts: when one of these changes, somebody may have lost the right to listen. */
  readonly callers: ReadonlySet<string>;
  readonly limits?: Partial<FeedLimits> | undefined;
}

/**
 * The feed of one process. Without listeners it does nothing at all; with any, one reader reads for all of them, and one
 * timer looks after them.
 */
export class ChangeFeed implements Feed {
  readonly #options: ChangeFeedOptions;
  readonly #limits: FeedLimits;
  readonly #codec: PositionCodec;
  readonly #reader: ChangeReader;
  readonly #around: StreamSurroundings;
  readonly #audience = new Audience();
  readonly #told: Counter<'kind'>;
  readonly #lag: Histogram<never>;
  readonly #slots: readonly Set<FeedStream>[] = Array.from(
    { length: STILL_TICKS },
    () => new Set(),
  );
  #text: { readonly position: Position; readonly at: number; readonly text: string } | undefined;
  #serial = 0;
  #ticks = 0;
  #tick: Cancel | undefined;
  #deaf: Promise<() => Promise<void>> | undefined;
  #state: 'open' | 'closed' = 'open';
  #looksAtRights: 'yes' | 'no' = 'no';

  constructor(options: ChangeFeedOptions) {
    const { store, clock, meter } = options;
    this.#options = options;
    this.#limits = { ...FEED_LIMITS, ...options.limits };
    this.#codec = new PositionCodec(options.secret);
    const descriptions = new ChangeDescriptions(options);
    this.#reader = new ChangeReader({ ...options, descriptions, read: (read) => this.#read(read) });
    this.#told = meter.counter({
      name: 'gdcloud_feed_notices_total',
      help: 'What listeners of the change feed were told, by kind.',
      labels: ['kind'],
    });
    this.#lag = meter.histogram({
      name: 'gdcloud_feed_lag_seconds',
      help: 'From a change to its being told to who listens in this process.',
      labels: [],
      buckets: SECONDS,
    });
    meter.gauge(
      {
        name: 'gdcloud_feed_listeners',
        help: 'Who listens to the change feed in this process.',
        labels: [],
      },
      () => [{ labels: {}, value: this.#audience.size }],
    );
    const turns = new Turns(READERS);
    this.#around = {
      store,
      reader: this.#reader,
      descriptions,
      clock,
      behind: this.#limits.behind,
      text: (position) => this.#textOf(position),
      inTurn: (work) => turns.take(work),
      ended: (stream) => this.#forget(stream),
      told: (kind) => this.#told.add({ kind }),
    };
  }

  async listen(caller: Caller, { wanted, after }: ListenRequest): Promise<Listening> {
    const { clock } = this.#options;
    this.#demandRoom(caller);
    const resumed = after === undefined ? undefined : this.#codec.decode(after, clock.monotonic());
    const stream = new FeedStream(caller, wanted, resumed, this.#around);
    this.#audience.add(stream);
    try {
      this.#watch();
      if (resumed !== undefined || this.#reader.state === 'ended') await this.#reader.catchUp();
      if (this.#state === 'closed') throw this.#closed();
    } catch (thrown) {
      stream.close();
      throw thrown;
    }
    return {
      begin: (listener) => {
        this.#serial += 1;
        this.#slots[this.#serial % STILL_TICKS]?.add(stream);
        stream.begin(listener);
      },
      ready: () => stream.ready(),
      close: () => stream.close(),
    };
  }

  /** Something may have been written: those who listen hear of it soon. */
  look(): void {
    this.#reader.look();
  }

  /** Says farewell to all who listen, and takes nobody on any more. */
  close(): void {
    this.#state = 'closed';
    for (const stream of this.#audience.streams) stream.close('shutdown');
    this.#rest();
  }

  #demandRoom({ account }: Caller): void {
    if (this.#state === 'closed') throw this.#closed();
    const { perAccount, listeners } = this.#limits;
    const own = this.#audience.countOf(account);
    if (own >= perAccount)
      throw new RequestError('TooManyStreams', `${own} streams of this account are open`);
    if (this.#audience.size >= listeners)
      throw new RequestError('TooManyStreams', `${listeners} streams are open on this server`);
  }

  #closed(): RequestError {
    return new RequestError('BackendUnavailable', 'this server is going down');
  }

  // Works while there is somebody to work for.
  #watch(): void {
    if (this.#tick !== undefined) return;
    const { clock, events, logger } = this.#options;
    this.#tick = clock.schedule(TICK, () => this.#ticked());
    this.#deaf = events.subscribe(() => this.#reader.look());
    this.#deaf.catch((thrown: unknown) =>
      logger.warn({ error: ensureError(thrown).message }, 'the change feed hears no hints'),
    );
  }

  #rest(): void {
    this.#tick?.();
    this.#tick = undefined;
    this.#deaf?.then((end) => end()).catch(() => undefined);
    this.#deaf = undefined;
    this.#reader.end();
  }

  #ticked(): void {
    this.#tick = undefined;
    if (this.#audience.size === 0) {
      this.#rest();
      return;
    }
    this.#tick = this.#options.clock.schedule(TICK, () => this.#ticked());
    this.#ticks += 1;
    this.#reader.look();
    const { ageMs, slowMs } = this.#limits;
    const now = this.#options.clock.monotonic();
    for (const stream of this.#slots[this.#ticks % STILL_TICKS] ?? []) {
      if (now - stream.began >= ageMs) stream.close('age');
      else if (stream.fullMs >= slowMs) stream.close('slow');
      else stream.still();
    }
    if (this.#ticks % RIGHTS_TICKS === 0) this.#lookAtRights();
    if (this.#ticks % STILL_TICKS === 0)
      for (const stream of this.#audience.streams)
        if (stream.isForgotten(MOST_UNBEGUN)) stream.close();
  }

  #read(read: ReadChange): void {
    const { change } = read;
    if (change === undefined) return;
    this.#lag.record({}, Math.max(0, this.#options.clock.now() - change.at) / 1_000);
    for (const stream of this.#audience.of(change)) stream.tell(read);
    if (this.#options.callers.has(change.type.id)) this.#lookAtRights();
  }

  #lookAtRights(): void {
    if (this.#looksAtRights === 'yes') return;
    this.#looksAtRights = 'yes';
    const streams = [...this.#audience.streams];
    const callers = streams.map(({ caller }) => caller);
    revokedCallers(callers, this.#options.store, this.#options.clock.now())
      .then((revoked) => {
        if (revoked.size === 0) return;
        for (const stream of streams) if (revoked.has(stream.caller)) stream.close('revoked');
      })
      // While the store is away nobody hears of anything either. The next look comes in a moment.
      .catch(() => undefined)
      .finally(() => {
        this.#looksAtRights = 'no';
      });
  }

  // The same position is told to many, one right after the other.
  #textOf(position: Position): string {
    const at = this.#options.clock.now();
    const known = this.#text;
    if (known?.position === position && at - known.at < TICK) return known.text;
    const text = this.#codec.encode(position, at);
    this.#text = { position, at, text };
    return text;
  }

  #forget(stream: FeedStream): void {
    this.#audience.remove(stream);
    for (const slot of this.#slots) slot.delete(stream);
  }
}
