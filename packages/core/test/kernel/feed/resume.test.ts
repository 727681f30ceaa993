import {
  asId,
  type Caller,
  type ChangeRecord,
  type FeedNotice,
  type Listening,
  type ResourceUuid,
} from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import fc from 'fast-check';
import t from 'tap';
import { silentLogger } from '../../../dist/adapters/system/silent-logger.js';
import { ChangeFeed } from '../../../dist/kernel/feed/change-feed.js';
import { TypeRegistry } from '../../../dist/model/registry.js';
import { NO_METER } from '../../../dist/ports/meter.js';
import { resource, uuid } from '../../support/resources.js';
import { turns } from '../../support/turns.js';
import { widgetType } from '../../support/widgets.js';

const ADA = uuid(100);
const BOB = uuid(200);

/** Records as a database with many writers shows them: each when its unit ends, at the number it drew before that. */
class Records {
  readonly #open: ChangeRecord[] = [];
  readonly #shown = new Map<number, ChangeRecord>();
  #last = 0;

  draw(of: ResourceUuid): void {
    this.#last += 1;
    const event = { at: 1, what: String(this.#last), why: '', result: '' };
    this.#open.push({ number: this.#last, resource: of, events: [event] });
  }

  /** Ends the unit at that place among those that are open. */
  end(place: number, how: 'commit' | 'roll back'): void {
    const [record] = this.#open.splice(place % Math.max(1, this.#open.length), 1);
    if (record !== undefined && how === 'commit') this.#shown.set(record.number, record);
  }

  endAll(): void {
    while (this.#open.length > 0) this.end(0, 'commit');
  }

  get shown(): readonly ChangeRecord[] {
    return [...this.#shown.values()].toSorted((left, right) => left.number - right.number);
  }
}

class Client {
  readonly told: string[] = [];
  readonly caller: Caller;
  #listening: Listening | undefined;
  #position: string | undefined;
  #room = 0;

  constructor(account: ResourceUuid) {
    this.caller = { account, accountId: asId('1'), accountName: 'a', kind: 'user' };
  }

  async connect(feed: ChangeFeed, room: number): Promise<void> {
    this.disconnect();
    this.#room = room;
    this.#listening = await feed.listen(this.caller, { wanted: {}, after: this.#position });
    this.#listening.begin({ hear: (notice) => this.#hear(notice) });
  }

  /** Takes so much more. */
  take(room: number): void {
    this.#room = room;
    this.#listening?.ready();
  }

  disconnect(): void {
    this.#listening?.close();
    this.#listening = undefined;
  }

  #hear(notice: FeedNotice): 'more' | 'full' {
    if ('position' in notice) this.#position = notice.position;
    if (notice.kind === 'reset') throw new Error('nothing is forgotten here');
    if (notice.kind === 'change') this.told.push(...notice.change.events.map(({ what }) => what));
    this.#room -= 1;
    return this.#room > 0 ? 'more' : 'full';
  }
}

type Step = (world: World) => Promise<void> | void;

class World {
  readonly clock = new ManualClock();
  readonly records = new Records();
  readonly clients = [new Client(ADA), new Client(BOB), new Client(ADA)] as const;
  readonly processes = [this.#process(), this.#process()] as const;

  #process(): ChangeFeed {
    const rows = [
      resource({ uuid: uuid(1), account: ADA }),
      resource({ uuid: uuid(2), account: BOB }),
      resource({ uuid: ADA, account: ADA }),
      resource({ uuid: BOB, account: BOB }),
    ];
    const later = async <Answer>(answer: () => Answer): Promise<Answer> => {
      await turns(1);
      return answer();
    };
    return new ChangeFeed({
      store: {
        newestChanges: (limit) =>
          later(() => this.records.shown.slice(-limit).map(({ number }) => number)),
        changes: ({ after, missing, limit }) =>
          later(() =>
            this.records.shown
              .filter(
                ({ number }) =>
                  number > after ||
                  missing.some(({ first, last }) => first <= number && number <= last),
              )
              .slice(0, limit),
          ),
        findAll: (_scope, wanted) =>
          later(() =>
            wanted.map((one) => rows.find((row) => 'uuid' in one && row.uuid === one.uuid)),
          ),
        idsOf: () => later(() => new Map()),
      },
      types: new TypeRegistry([widgetType]),
      events: { subscribe: () => Promise.resolve(() => Promise.resolve()) },
      clock: this.clock,
      logger: silentLogger,
      meter: NO_METER,
      secret: new Uint8Array(16),
      callers: new Set(),
    });
  }
}

const account = fc.constantFrom(uuid(1), uuid(2));
const which = fc.nat(2);
const room = fc.constantFrom(1, 2, 3, 1_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: account.map(
      (of) =>
        ({ records }: World) =>
          records.draw(of),
    ),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.nat(9), fc.constantFrom('commit' as const, 'commit' as const, 'roll back' as const))
      .map(
        ([place, how]) =>
          ({ records }: World) =>
            records.end(place, how),
      ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(which, fc.nat(1), room).map(
      ([client, process, much]) =>
        ({ clients, processes }: World) =>
          clients[client]?.connect(processes[process] ?? processes[0], much),
    ),
  },
  {
    weight: 1,
    arbitrary: which.map(
      (client) =>
        ({ clients }: World) =>
          clients[client]?.disconnect(),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(which, room).map(
      ([client, much]) =>
        ({ clients }: World) =>
          clients[client]?.take(much),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(10, 60, 1_100, 16_000).map((ms) => async ({ clock }: World) => {
      clock.advance(ms);
      await turns(4);
    }),
  },
  { weight: 2, arbitrary: fc.nat(6).map((count) => () => turns(count)) },
);

t.test(
  'whenever connections are lost and in whatever order units end, nothing is missed and nothing is another’s',
  async (t) => {
    t.setTimeout(300_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
        const world = new World();
        const { records, clients, processes, clock } = world;
        for (const client of clients) await client.connect(processes[0], 1_000);
        for (const each of steps) await each(world);
        records.endAll();
        for (const client of clients) await client.connect(processes[1], 1_000);
        for (let round = 0; round < 4; round += 1) {
          clock.advance(1_100);
          await turns(8);
        }
        const all = records.shown;
        for (const { told, caller } of clients) {
          const own = all.filter(
            ({ resource: of }) => of === (caller.account === ADA ? uuid(1) : uuid(2)),
          );
          const expected = own.map(({ number }) => String(number));
          if (JSON.stringify(told.toSorted(byNumber)) !== JSON.stringify(expected))
            throw new Error(`told ${told.join(' ')}, written ${expected.join(' ')}`);
        }
        for (const process of processes) process.close();
      }),
      { numRuns: 300 },
    );
    t.pass('300 runs');
  },
);

function byNumber(left: string, right: string): number {
  return Number(left) - Number(right);
}
