import { setTimeout as pause } from 'node:timers/promises';
import { KEY } from '../../host/key.js';
import { Connection } from '../../load/connection.js';
import type { BegunPass } from '../../process/messages.js';
import type { ServerProcess } from '../../process/server-process.js';
import type { Place } from '../place.js';
import { ProcessGroup } from '../process-group.js';
import { startProcess } from './cloud-cluster.js';
import type { Strategy } from './strategy.js';

const HEADERS = {
  authorization: `Basic ${Buffer.from(`${KEY.publicValue}:${KEY.secretValue}`).toString('base64')}`,
  accept: 'application/json',
};
/** How long a gadget may take to be as asked; milliseconds. */
const PATIENCE = 60_000;

/** What a gadget's answer says of it, as far as it is needed here. */
interface Shown {
  readonly id: string;
  readonly state: string;
}

/** A gdcloud of one API process and some kernels whose resources are gadgets, and whose passes are watched. */
export class GadgetCloud implements AsyncDisposable {
  readonly kernels: readonly ServerProcess[];
  readonly #api: ServerProcess;
  readonly #connection: Connection;

  private constructor(group: ProcessGroup, api: ServerProcess, connection: Connection) {
    this.kernels = group.processes.filter((process) => process !== api);
    this.#api = api;
    this.#connection = connection;
  }

  /** Starts it at `place`, where another one may have been before. */
  static async start(place: Place, kernels: number, strategy: Strategy): Promise<GadgetCloud> {
    const options = { strategy, watch: 'gadgets' } as const;
    const group = await ProcessGroup.start([
      () => startProcess(place, 'api', options),
      ...Array.from({ length: kernels }, () => () => startProcess(place, 'kernel', options)),
    ]);
    const [api] = group.processes;
    if (api === undefined) throw new Error('no process was started');
    return new GadgetCloud(group, api, await Connection.open(api.port, HEADERS));
  }

  /** Makes so many gadgets, one after the other, and resolves with their ids once all are as asked. */
  async settled(count: number): Promise<readonly string[]> {
    const ids: string[] = [];
    while (ids.length < count) {
      const { status, body } = await this.#connection.post('/v1/gadgets', 'size=1');
      if (status !== 201 && status !== 202) throw new Error(`a gadget: ${status} ${body}`);
      ids.push(shownIn(body).id);
    }
    for (const id of ids) await this.#untilActive(id);
    return ids;
  }

  /** Changes a gadget's size; resolves when that is acknowledged. */
  async resize(id: string, size: number): Promise<void> {
    const { status, body } = await this.#connection.put(`/v1/gadgets/${id}`, `size=${size}`);
    if (status !== 200 && status !== 202) throw new Error(`a change: ${status} ${body}`);
  }

  /** The passes that the kernels have begun since this was asked for the last time. Whoever was killed is not asked. */
  async passes(kernels: readonly ServerProcess[] = this.kernels): Promise<readonly BegunPass[]> {
    const all = await Promise.all(kernels.map((process) => process.passes()));
    return all.flatMap(({ since }) => since);
  }

  /** How many passes there were in all. */
  async passCount(): Promise<number> {
    const all = await Promise.all(this.kernels.map((each) => each.passes()));
    return all.reduce((sum, { count }) => sum + count, 0);
  }

  /** Processor time of the kernels so far, in milliseconds. */
  async cpuMs(): Promise<number> {
    return await new ProcessGroup(this.kernels).cpuMs();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]();
    await new ProcessGroup([this.#api, ...this.kernels])[Symbol.asyncDispose]();
  }

  async #untilActive(id: string): Promise<void> {
    let body = '';
    for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(20)) {
      ({ body } = await this.#connection.get(`/v1/gadgets/${id}`));
      if (shownIn(body).state === 'active') return;
    }
    throw new Error(`a gadget does not become active: ${body}`);
  }
}

function shownIn(body: string): Shown {
  return JSON.parse(body) as Shown;
}
