import {
  type Caller,
  CLOCK,
  type Cloud,
  createCloud,
  deriveState,
  type ElementMeter,
  type Explanation,
  type JsonObject,
  NETWORK,
  type NetworkDriver,
  type Plugin,
  type Resource,
} from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { call } from '../support/fixtures.js';
import { until } from '../support/network-sandbox.js';

const KEY = { publicValue: 'admin', secretValue: 'the-administrators-secret' };

interface Teardown {
  teardown(fn: () => Promise<void>): void;
}

/** A cloud in this process, whose servers are in memory and whose networks are carried elsewhere. */
export class DistantCloud {
  readonly #cloud: Cloud;
  readonly #caller: Caller;
  /** The driver as the cloud has it. */
  readonly network: NetworkDriver;

  private constructor(cloud: Cloud, caller: Caller, network: NetworkDriver) {
    this.#cloud = cloud;
    this.#caller = caller;
    this.network = network;
  }

  /** `networks` puts drivers in, and whatever they need. */
  static async start(t: Teardown, networks: readonly Plugin[]): Promise<DistantCloud> {
    const found: { network?: NetworkDriver } = {};
    const cloud = createCloud({
      pepper: new Uint8Array(16).fill(7),
      administratorKey: KEY,
      replaceable: [NETWORK, CLOCK],
      plugins: [
        memoryDrivers().plugin,
        sqlite({ file: ':memory:' }),
        ...networks,
        (container) => {
          found.network = container.resolve(NETWORK);
        },
      ],
    });
    await cloud.start();
    t.teardown(() => cloud.stop());
    const admin = await cloud.resources.authenticate(KEY.publicValue, KEY.secretValue);
    if (admin === undefined || found.network === undefined) throw new Error('it did not start');
    return new DistantCloud(cloud, admin, found.network);
  }

  async create(type: string, body: JsonObject): Promise<Resource> {
    const { types, resources } = this.#cloud;
    return (await resources.create(this.#caller, types.get(type), body)).resource;
  }

  async update(type: string, { id }: Resource, body: JsonObject): Promise<void> {
    const { types, resources } = this.#cloud;
    await resources.update(this.#caller, types.get(type), id, body);
  }

  async remove(type: string, { id }: Resource): Promise<void> {
    const { types, resources } = this.#cloud;
    await resources.remove(this.#caller, types.get(type), id);
  }

  /** Asks for something, and waits until it is as asked. */
  async made(type: string, body: JsonObject): Promise<Resource> {
    return this.reaches(type, await this.create(type, body), 'active');
  }

  /** Waits until a resource is in a state; returns how it is then. */
  async reaches(type: string, { id }: Resource, state: string): Promise<Resource> {
    const { types, resources } = this.#cloud;
    const seen = await until(
      async () => {
        const resource = await resources.get(this.#caller, types.get(type), id);
        const { state: now, transitioningMessage } = deriveState(types.get(type), resource);
        return {
          resource,
          now,
          toString: () => `${type} ${id} is ${now}: ${transitioningMessage}`,
        };
      },
      ({ now }) => now === state,
      // A driver host that says nothing is taken for away after 15 of them.
      60,
    );
    return seen.resource;
  }

  /** What a resource is said to have carried. */
  async usage(type: string, { id }: Resource): Promise<JsonObject> {
    const { types, resources } = this.#cloud;
    return (await resources.ask(this.#caller, types.get(type), id, 'usage', {})).fields;
  }

  explain({ uuid }: Resource): Promise<Explanation> {
    return this.#cloud.explain(uuid);
  }

  /** What an element of a network has carried, both ways, in bytes. */
  async carriedBytes(network: Resource, element: Resource): Promise<number> {
    const meters = (await this.network.meters?.(network.uuid, call())) ?? [];
    const meter: ElementMeter | undefined = meters.find((each) => each.element === element.uuid);
    return meter?.both?.bytes ?? 0;
  }
}
