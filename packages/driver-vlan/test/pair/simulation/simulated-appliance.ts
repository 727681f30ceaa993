import {
  type Accepted,
  type ApplianceActual,
  type ApplianceDesired,
  asExternalId,
  type Driver,
  type DriverCall,
  DriverFailure,
  elementsOf,
  type Fence,
  type NetworkDriver,
  type ObjectKey,
  type PairMember,
  type ResourceUuid,
} from '@gdcloud/core';
import type { ManualClock } from '@gdcloud/core/testing';
import { TakeoverPermission } from '@gdcloud/driver-vlan/agent';
import type { Chance } from './chance.js';
import type { TurnLock } from './turn-lock.js';

/** How often an agent asks the lock service, and looks whether it may; milliseconds. */
const TURN_MS = 100;

interface Record {
  readonly revision: number;
  readonly fence: Fence;
  readonly elements: ReadonlyMap<ResourceUuid, number>;
}

interface Agent {
  /** What the lock service knows it by: it gives nothing to a successor. */
  readonly session: string;
  readonly permission: TakeoverPermission;
  /** What this process has carried out or seen to be, as a whole. */
  readonly known: Map<ResourceUuid, number>;
}

/** What may be wrong with an appliance on purpose, to see that it is noticed. */
export type Sabotage = 'none' | 'takes over without a permit';

/**
 * An appliance of a pair: records on a disk, networks that go on without their agent, and an agent that may be killed or
 * held still between any two of its steps. It is heard while its gate is open, which closes by itself.
 */
export class SimulatedAppliance {
  readonly name: string;
  readonly #clock: ManualClock;
  readonly #chance: Chance;
  readonly #lock: TurnLock;
  readonly #sabotage: Sabotage;
  readonly #disk = new Map<ResourceUuid, Record>();
  /** The newest holder of what has been removed. */
  readonly #removed = new Map<ResourceUuid, Fence>();
  readonly #carried = new Map<ResourceUuid, Omit<Record, 'fence'>>();
  #agent: Agent | undefined;
  #heldStillUntil = 0;
  #gateOpenUntil = 0;
  #lives = 0;
  /** Whether it reaches the lock service. */
  seesLocks = true;
  /** Whether it carries what it is told: a machine that answers may still be unable to, as with a full disk. */
  follows = true;

  constructor(
    name: string,
    world: {
      readonly clock: ManualClock;
      readonly chance: Chance;
      readonly lock: TurnLock;
      readonly sabotage: Sabotage;
    },
  ) {
    this.name = name;
    this.#clock = world.clock;
    this.#chance = world.chance;
    this.#lock = world.lock;
    this.#sabotage = world.sabotage;
    this.start();
    this.#takeTurns();
  }

  get isHeard(): boolean {
    return this.#clock.now() < this.#gateOpenUntil;
  }

  /** What passes through it, by network. */
  get carried(): ReadonlyMap<ResourceUuid, Omit<Record, 'fence'>> {
    return this.#carried;
  }

  get isUp(): boolean {
    return this.#agent !== undefined;
  }

  start(): void {
    if (this.#agent !== undefined) return;
    this.#lives += 1;
    this.#gateOpenUntil = 0;
    this.#agent = {
      session: `${this.name}.${this.#lives}`,
      permission: new TakeoverPermission(this.#clock, this.#chance),
      known: new Map(),
    };
  }

  /** `kill -9` of its agent. What it carries goes on, and is heard until the gate closes. */
  kill(): void {
    this.#agent = undefined;
  }

  /** Of the whole machine: only the disk is left. */
  losePower(): void {
    this.kill();
    this.#carried.clear();
    this.#gateOpenUntil = 0;
  }

  holdStill(milliseconds: number): void {
    this.#heldStillUntil = this.#clock.now() + milliseconds;
  }

  #takeTurns(): void {
    this.#clock.schedule(TURN_MS, () => this.#takeTurns());
    const agent = this.#agent;
    if (agent === undefined || this.#clock.now() < this.#heldStillUntil || !this.seesLocks) return;
    const permittedMs = agent.permission.remainingMs();
    if (this.#lock.isHeldBy(agent.session)) {
      if (permittedMs === 0 && this.#lock.isChallengedBy(agent.session)) {
        this.#gateOpenUntil = 0;
        this.#lock.release(agent.session);
      } else this.#gateOpenUntil = this.#lock.hold(agent.session) ?? 0;
      return;
    }
    if (permittedMs === 0 && this.#sabotage !== 'takes over without a permit') return;
    const until = this.#lock.hold(agent.session);
    if (until !== undefined) this.#gateOpenUntil = until;
    else this.#lock.challenge(agent.session);
  }

  /** As a kernel has it that reaches it. */
  get network(): NetworkDriver {
    return {
      name: 'vlan',
      appliances: this.#appliances,
      carried: (network, element) => this.#work(() => this.#carriedIn(network, element)),
      physicalNetworks: [{ name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 }],
      macAddress: () => '02:00:00:00:00:01',
      member: this.#member,
    };
  }

  get #appliances(): Driver<ApplianceDesired, ApplianceActual> {
    const bring = (
      key: ObjectKey,
      desired: ApplianceDesired,
      { fence }: DriverCall,
    ): Promise<Accepted> => this.#work((step) => this.#bring(key, desired, fence, step));
    return {
      name: 'vlan.appliances',
      traits: { identity: 'chosen', fencing: 'cas', dataBearing: false },
      observe: ({ uuid }, desired) =>
        this.#work(async () => {
          const record = this.#disk.get(uuid);
          const carried = this.#carried.get(uuid);
          if (record === undefined && (carried === undefined || desired !== undefined)) {
            return { presence: 'absent' };
          }
          const isCarried = carried !== undefined && carried.revision === record?.revision;
          const isAsAsked = isCarried && carried.revision === desired?.revision;
          if (isAsAsked) this.#agent?.known.set(uuid, carried.revision);
          return {
            presence: 'present',
            external: asExternalId(`gd-${uuid}`),
            actual: {
              revision: record?.revision ?? 0,
              mode: 'full',
              inPair: this.isHeard ? 'active' : 'standby',
            },
            changes:
              desired === undefined || isAsAsked
                ? []
                : [
                    {
                      field: 'revision',
                      desired: desired.revision,
                      actual: carried?.revision ?? 0,
                    },
                  ],
          };
        }),
      create: bring,
      update: (key, desired, _change, call) => bring(key, desired, call),
      delete: ({ uuid }, { fence }) => this.#work((step) => this.#dissolve(uuid, fence, step)),
      list: () =>
        this.#work(async () => {
          const all = new Set([...this.#disk.keys(), ...this.#carried.keys()]);
          return {
            objects: [...all].map((uuid) => ({
              uuid,
              epoch: 1,
              external: asExternalId(`gd-${uuid}`),
            })),
          };
        }),
    };
  }

  get #member(): PairMember {
    return {
      standing: () =>
        this.#work(async () => {
          const { permission } = this.#running();
          return {
            is: this.isHeard ? 'active' : 'standby',
            exclusive: 'yes',
            stamp: permission.stamp(),
            permittedMs: permission.remainingMs(),
          };
        }),
      holdings: () =>
        this.#work(async () => {
          const { known } = this.#running();
          const all = new Set([...this.#disk.keys(), ...this.#carried.keys()]);
          return new Map([...all].map((uuid) => [uuid, known.get(uuid) ?? null]));
        }),
      permit: (permit) => this.#work(async () => this.#running().permission.permit(permit)),
    };
  }

  async #bring(
    { uuid }: ObjectKey,
    desired: ApplianceDesired,
    fence: Fence,
    step: () => Promise<void>,
  ): Promise<Accepted> {
    this.#demandNoNewer(uuid, fence);
    if (!this.follows) throw unable();
    const { revision } = desired;
    const record: Record = { revision, fence, elements: elementsOf(desired) };
    this.#disk.set(uuid, record);
    await step();
    if (this.#disk.get(uuid) !== record) throw older();
    this.#carried.set(uuid, record);
    await step();
    if (this.#disk.get(uuid) === record) this.#running().known.set(uuid, revision);
    return { external: asExternalId(`gd-${uuid}`), settled: true };
  }

  async #dissolve(uuid: ResourceUuid, fence: Fence, step: () => Promise<void>): Promise<Accepted> {
    this.#demandNoNewer(uuid, fence);
    if (!this.follows) throw unable();
    this.#removed.set(uuid, fence);
    this.#running().known.delete(uuid);
    await step();
    this.#carried.delete(uuid);
    await step();
    this.#disk.delete(uuid);
    return { settled: true };
  }

  #demandNoNewer(uuid: ResourceUuid, fence: Fence): void {
    const newest = [this.#disk.get(uuid)?.fence, this.#removed.get(uuid)].filter(
      (each) => each !== undefined,
    );
    if (newest.some((each) => each > fence)) throw older();
  }

  async #carriedIn(network: ResourceUuid, element: ResourceUuid): Promise<number | undefined> {
    const record = this.#disk.get(network);
    if (record === undefined) return undefined;
    if (this.#carried.get(network)?.revision !== record.revision) {
      throw new DriverFailure('unavailable', 'NotCarriedYet', 'it is being brought there', {
        remedy: 'Wait.',
      });
    }
    return record.elements.get(element);
  }

  #running(): Agent {
    if (this.#agent === undefined) throw died();
    return this.#agent;
  }

  // Runs a call in the agent that is there when it begins; it ends where that dies.
  async #work<Result>(work: (step: () => Promise<void>) => Promise<Result>): Promise<Result> {
    const agent = this.#agent;
    if (agent === undefined) {
      throw new DriverFailure('unavailable', 'Away', `${this.name} is away`, { remedy: 'Wait.' });
    }
    const step = async (): Promise<void> => {
      await this.#clock.wait(this.#chance.between(0, 40));
      const rest = this.#heldStillUntil - this.#clock.now();
      if (rest > 0) await this.#clock.wait(rest);
      if (this.#agent !== agent) throw died();
    };
    await step();
    const result = await work(step);
    if (this.#agent !== agent) throw died();
    return result;
  }
}

function died(): DriverFailure {
  return new DriverFailure('ambiguous', 'Died', 'the agent has died', { remedy: 'Wait.' });
}

function unable(): DriverFailure {
  return new DriverFailure('unavailable', 'RecordFull', 'its disk is full', { remedy: 'Wait.' });
}

function older(): DriverFailure {
  return new DriverFailure('rejected', 'FenceOlder', 'a newer holder has it', { remedy: 'None.' });
}
