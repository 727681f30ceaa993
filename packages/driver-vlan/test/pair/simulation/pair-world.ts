import { ManualClock } from '@gdcloud/core/testing';
import { pairedNetwork } from '@gdcloud/driver-vlan';
import { Chance } from './chance.js';
import { CloudRecord, type NetworkRow } from './cloud-record.js';
import { Line } from './line.js';
import { type Sabotage, SimulatedAppliance } from './simulated-appliance.js';
import { Locks, SimulatedKernel } from './simulated-kernel.js';
import { TurnLock } from './turn-lock.js';

/** How a world differs from one that keeps its promises. */
export interface WorldOptions {
  readonly seed: number;
  readonly appliances?: Sabotage;
  /** What kernels know of appliances that are behind. */
  readonly behind?: 'on record' | 'forgotten';
}

const PERMIT_MS = 8_000;
const KERNELS = 2;

/** Two appliances, two kernels, people who ask for networks and forwards, and mishaps, in virtual time. */
export class PairWorld {
  readonly clock = new ManualClock();
  readonly record = new CloudRecord();
  readonly appliances: readonly SimulatedAppliance[];
  /** What must never be, and was seen. */
  readonly violations: string[] = [];
  /** How often each mishap came about. */
  readonly mishaps = new Map<string, number>();
  readonly #chance: Chance;
  readonly #options: WorldOptions;
  readonly #locks = new Locks();
  readonly #lines: Line[] = [];
  #kernels: SimulatedKernel[] = [];
  #heard: string | undefined;
  /** How often another appliance was heard than before. */
  takeovers = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
    const lock = new TurnLock(this.clock);
    const world = {
      clock: this.clock,
      chance: this.#chance,
      lock,
      sabotage: options.appliances ?? 'none',
    };
    this.appliances = ['edge-a', 'edge-b'].map((name) => new SimulatedAppliance(name, world));
    this.#kernels = Array.from({ length: KERNELS }, () => this.#newKernel());
    this.record.newNetwork();
  }

  #newKernel(): SimulatedKernel {
    const { clock, record } = this;
    const members = this.appliances.map((appliance) => {
      const line = new Line(clock, this.#chance);
      this.#lines.push(line);
      return { name: appliance.name, network: line.to(appliance.network) };
    });
    const network = pairedNetwork(
      { name: 'edge', members, permitMs: PERMIT_MS, answerMs: 3_000 },
      { clock },
    );
    const documents = record.documents(this.#options.behind);
    return new SimulatedKernel({
      clock,
      chance: this.#chance,
      record,
      locks: this.#locks,
      network,
      documents,
    });
  }

  /** Lets so much time go by, with wishes, and with mishaps or without. */
  async pass(
    milliseconds: number,
    options: { readonly wishes: boolean; readonly mishaps: boolean },
  ): Promise<void> {
    const end = this.clock.now() + milliseconds;
    let next = this.clock.now();
    for (;;) {
      await turn();
      if (!this.clock.advanceToNext(end)) break;
      this.#look();
      if (this.clock.now() < next) continue;
      next = this.clock.now() + this.#chance.between(100, 2_000);
      if (options.wishes) this.#wish();
      if (options.mishaps && this.#chance.happens(0.3)) this.#mishap();
    }
  }

  /** Lets time go by until everything is as asked; how long that took, or `never` within the limit. */
  async settles(limitMs: number): Promise<number | 'never'> {
    const began = this.clock.now();
    while (!this.isAsAsked) {
      if (this.clock.now() - began > limitMs) return 'never';
      await this.pass(500, { wishes: false, mishaps: false });
    }
    return this.clock.now() - began;
  }

  /** What is asked for and not told to be so. */
  get open(): readonly string[] {
    return [...this.record.networks.values()].flatMap((row) => [
      ...(row.wish === 'gone' && !row.isRemoved ? [`network ${row.uuid} is to go`] : []),
      ...row.forwards
        .filter(({ wish, told }) => wish !== told)
        .map(({ uuid, wish, told }) => `forward ${uuid} is to be ${wish}, and told to be ${told}`),
    ]);
  }

  get isAsAsked(): boolean {
    return this.open.length === 0;
  }

  /** Appliances that lack something that is on record, or have something besides. */
  get behind(): readonly string[] {
    const live = [...this.record.networks.values()].filter(({ isRemoved }) => !isRemoved);
    return this.appliances.flatMap(({ name, carried }) => [
      ...live
        .filter(({ uuid, appliedRevision }) => carried.get(uuid)?.revision !== appliedRevision)
        .map(({ uuid }) => `${name} lacks network ${uuid}`),
      ...[...carried.keys()]
        .filter((uuid) => live.every((row) => row.uuid !== uuid))
        .map((uuid) => `${name} still has network ${uuid}`),
    ]);
  }

  /** The appliance that is heard, and the other. */
  get roles(): { readonly active: SimulatedAppliance; readonly other: SimulatedAppliance } {
    const [one, another] = this.appliances;
    if (one === undefined || another === undefined) throw new RangeError('a pair has two');
    return one.isHeard ? { active: one, other: another } : { active: another, other: one };
  }

  /** Has all forwards there are removed. */
  removeForwards(): void {
    for (const { forwards } of this.record.networks.values()) {
      for (const forward of forwards) forward.wish = 'gone';
    }
  }

  /** No kernel reaches an appliance any more, until all is mended. */
  cutOff(nth: number): void {
    for (const [index, line] of this.#lines.entries()) {
      if (index % this.appliances.length === nth) line.isCut = true;
    }
  }

  /** Mends all lines, and starts all that is down. */
  mend(): void {
    for (const line of this.#lines) line.isCut = false;
    for (const appliance of this.appliances) {
      appliance.seesLocks = true;
      appliance.follows = true;
      appliance.start();
    }
    this.#kernels = this.#kernels.map((kernel) =>
      kernel.state === 'dead' ? this.#newKernel() : kernel,
    );
  }

  // What was told to be gone is carried by nobody who is heard, and one is heard at most.
  #look(): void {
    const heard = this.appliances.filter(({ isHeard }) => isHeard);
    if (heard.length > 1) this.#violated('two appliances are heard');
    const [name] = heard.map((each) => each.name);
    if (name !== undefined && name !== this.#heard) {
      if (this.#heard !== undefined) this.takeovers += 1;
      this.#heard = name;
    }
    for (const { carried, name: by } of heard) {
      for (const [uuid, { elements }] of carried) {
        const row = this.record.networks.get(uuid);
        if (row === undefined) continue;
        if (row.isRemoved)
          this.#violated(`${by} is heard with network ${uuid}, which was told to be gone`);
        for (const forward of row.forwards) {
          if (forward.told === 'gone' && elements.has(forward.uuid)) {
            this.#violated(
              `${by} is heard with forward ${forward.uuid}, which was told to be gone`,
            );
          }
        }
      }
    }
  }

  #violated(what: string): void {
    if (!this.violations.includes(what)) this.violations.push(what);
  }

  #wish(): void {
    const live = [...this.record.networks.values()].filter(({ wish }) => wish === 'there');
    const network = this.#chance.oneOf(live);
    if (network === undefined || (live.length < 3 && this.#chance.happens(0.1))) {
      this.record.newNetwork();
    } else if (this.#chance.happens(0.03)) leave(network);
    else if (this.#chance.happens(0.5)) this.record.newForward(network);
    else this.#change(network);
  }

  #change(network: NetworkRow): void {
    const forward = this.#chance.oneOf(network.forwards.filter(({ wish }) => wish === 'there'));
    if (forward === undefined) return;
    if (this.#chance.happens(0.8)) forward.wish = 'gone';
    else {
      forward.generation += 1;
      forward.told = 'asked';
    }
  }

  #mishap(): void {
    const appliance = this.#chance.oneOf(this.appliances);
    const line = this.#chance.oneOf(this.#lines);
    const kernel = this.#chance.oneOf(this.#kernels);
    if (appliance === undefined || line === undefined || kernel === undefined) return;
    const after = (most: number, work: () => void): void =>
      void this.clock.schedule(this.#chance.between(500, most), work);
    const all: readonly (readonly [name: string, strike: () => void])[] = [
      ['line', () => this.#cut(line, after)],
      [
        'all lines of an appliance',
        () => {
          const nth = this.appliances.indexOf(appliance);
          for (const each of this.#lines.filter((_, index) => index % 2 === nth))
            this.#cut(each, after);
        },
      ],
      [
        'agent killed',
        () => {
          appliance.kill();
          after(20_000, () => appliance.start());
        },
      ],
      [
        'power lost',
        () => {
          appliance.losePower();
          after(60_000, () => appliance.start());
        },
      ],
      ['agent held still', () => appliance.holdStill(this.#chance.between(100, 15_000))],
      [
        'locks out of sight',
        () => {
          appliance.seesLocks = false;
          after(20_000, () => {
            appliance.seesLocks = true;
          });
        },
      ],
      [
        'disk full',
        () => {
          appliance.follows = false;
          after(30_000, () => {
            appliance.follows = true;
          });
        },
      ],
      ['kernel held still', () => kernel.holdStill(this.#chance.between(100, 20_000))],
      [
        'kernel killed',
        () => {
          kernel.kill();
          after(10_000, () => {
            this.#kernels = this.#kernels.map((each) =>
              each === kernel ? this.#newKernel() : each,
            );
          });
        },
      ],
    ];
    const [name, strike] = this.#chance.oneOf(all) ?? [];
    if (name === undefined || strike === undefined) return;
    this.mishaps.set(name, (this.mishaps.get(name) ?? 0) + 1);
    strike();
  }

  #cut(line: Line, after: (most: number, work: () => void) => void): void {
    line.isCut = true;
    after(40_000, () => {
      line.isCut = false;
    });
  }
}

function leave(network: NetworkRow): void {
  network.wish = 'gone';
  for (const forward of network.forwards) forward.wish = 'gone';
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
