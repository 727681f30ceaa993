import {
  asFence,
  asId,
  type Caller,
  type Draft,
  type FeedListener,
  type FeedNotice,
  type HistoryEvent,
  type Listening,
  type ResourceUuid,
  type Store,
} from '@gdcloud/core';
import type { Test as Tap } from 'tap';
import { silentLogger } from '../../../dist/adapters/system/silent-logger.js';
import { systemClock } from '../../../dist/adapters/system/system-clock.js';
import { ChangeFeed } from '../../../dist/kernel/feed/change-feed.js';
import { TypeRegistry } from '../../../dist/model/registry.js';
import { NO_METER } from '../../../dist/ports/meter.js';
import { gadgetDraft } from '../../support/gadget-draft.js';
import { uuid } from '../../support/resources.js';
import { widgetType } from '../../support/widgets.js';

const WRITERS = 8;
const WRITES = 40;
const FENCE = asFence('00000001.000000000001');
/** How long a client waits for what it has yet to be told, before that counts as missed; milliseconds. */
const MISSED_AFTER = 120_000;

/** A client that loses its connection again and again, takes as much as chance has it, and comes back to either process. */
class RestlessClient implements FeedListener {
  readonly told: string[] = [];
  readonly #caller: Caller;
  readonly #feeds: readonly ChangeFeed[];
  /** Resolves when it is told of all that is written from then on. */
  readonly connected: Promise<void>;
  #begun: () => void = () => undefined;
  #listening: Listening | undefined;
  #position: string | undefined;
  #connections = 0;
  #room = 0;
  #restless: 'yes' | 'no' = 'yes';
  #lost: () => void = () => undefined;
  #heard: () => void = () => undefined;

  constructor(account: ResourceUuid, feeds: readonly ChangeFeed[]) {
    this.#caller = { account, accountId: asId('1'), accountName: 'a', kind: 'user' };
    this.#feeds = feeds;
    this.connected = new Promise<void>((resolve) => (this.#begun = resolve));
  }

  /** Goes on until it is {@link calm}. */
  async run(): Promise<void> {
    while (this.#restless === 'yes') {
      const lost = new Promise<void>((resolve) => (this.#lost = resolve));
      await this.#connect(1 + (this.#connections % 7));
      await lost;
    }
  }

  /** Ends {@link run}. */
  calm(): void {
    this.#restless = 'no';
    this.#lost();
  }

  /** Connects once more, and stays until it was told so much, or is told nothing more. */
  async hearAll(count: number): Promise<void> {
    const patience = AbortSignal.timeout(MISSED_AFTER);
    patience.addEventListener('abort', () => this.#heard());
    await this.#connect(Number.POSITIVE_INFINITY);
    while (this.told.length < count && !patience.aborted)
      await new Promise<void>((resolve) => (this.#heard = resolve));
    this.close();
  }

  hear(notice: FeedNotice): 'more' | 'full' {
    if (this.#room <= 0) throw new Error('it was full');
    if ('position' in notice) this.#position = notice.position;
    if (notice.kind === 'reset' || notice.kind === 'bye')
      throw new Error(
        `${notice.kind}, ${notice.reason}: nothing is forgotten here, and nobody goes`,
      );
    if (notice.kind === 'change') {
      this.told.push(...notice.change.events.map(({ what }) => what));
      this.#room -= 1;
      this.#heard();
    }
    if (this.#room > 0) return 'more';
    this.#listening?.close();
    this.#lost();
    return 'full';
  }

  close(): void {
    this.#listening?.close();
  }

  async #connect(room: number): Promise<void> {
    this.#listening?.close();
    this.#connections += 1;
    const feed = this.#feeds[this.#connections % this.#feeds.length];
    const after = this.#position;
    this.#listening = await feed?.listen(this.#caller, { wanted: {}, after });
    this.#room = room;
    this.#listening?.begin(this);
    this.#begun();
  }
}

function eventOf(of: ResourceUuid, what: string): HistoryEvent {
  return { at: 1, what: `${of} ${what}`, why: '', result: '' };
}

function widget(of: ResourceUuid, account: ResourceUuid): Draft {
  return gadgetDraft(1, { uuid: of, type: 'widget', account, event: eventOf(of, 'made') });
}

/**
 * Two processes of a database that many write to, and clients that come back to either of them: each hears of all that
 * is theirs, once. `open` gives a store as another process has it.
 */
export async function nothingIsMissed(t: Tap, open: () => Store): Promise<void> {
  const [left, right] = [open(), open()];
  const feeds = [left, right].map(feedOf);
  const accounts = [uuid(0xada), uuid(0xb0b)];
  // Of nobody who listens: it is named, not heard of.
  const named = uuid(0xfee);
  await left.insert(widget(named, uuid(0xfed)));
  const clients = accounts.map((account) => new RestlessClient(account, feeds));
  const running = clients.map((client) => client.run());
  // Who comes without a position hears of what is written from then on, and of nothing before.
  await Promise.all(clients.map((client) => client.connected));
  const written = new Map<ResourceUuid, string[]>(accounts.map((account) => [account, []]));
  const write = async (writer: number): Promise<void> => {
    const store = writer % 2 === 0 ? left : right;
    const account = accounts[writer % 4 < 2 ? 0 : 1] ?? uuid(0xada);
    for (let n = 0; n < WRITES; n += 1) {
      const of = uuid(10_000 + writer * 1_000 + n);
      const event = (what: string): HistoryEvent => eventOf(of, what);
      await store.insert({
        ...widget(of, account),
        references: [{ field: 'otherId', target: named }],
      });
      await store.change(of, 1, { name: 'x', event: event('changed') });
      const row = await store.claim(of, FENCE);
      await store.record(of, FENCE, 0, {
        status: {},
        conditions: [],
        parts: {},
        observedGeneration: 2,
        attemptedGeneration: 2,
        outcome: 'done',
        nextAttemptAt: null,
        attempts: 0,
        lastErrorCode: null,
        lastErrorMessage: null,
        // As a unit of several statements, and as one.
        removed: n % 2 === 0 ? 5 : null,
        events: [event('seen')],
      });
      if (row === undefined) throw new Error('nobody else claims it');
      written.get(account)?.push(...['made', 'changed', 'seen'].map((what) => `${of} ${what}`));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  for (const client of clients) client.calm();
  await Promise.all(running);
  for (const [index, client] of clients.entries()) {
    const own = written.get(accounts[index] ?? uuid(0)) ?? [];
    await client.hearAll(own.length);
    t.same(client.told.toSorted(), own.toSorted());
  }
  for (const feed of feeds) feed.close();
}

function feedOf(store: Store): ChangeFeed {
  return new ChangeFeed({
    store,
    types: new TypeRegistry([widgetType]),
    events: { subscribe: () => Promise.resolve(() => Promise.resolve()) },
    clock: systemClock,
    logger: silentLogger,
    meter: NO_METER,
    secret: new Uint8Array(16),
    callers: new Set(),
  });
}
