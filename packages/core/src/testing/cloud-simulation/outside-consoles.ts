import { Duplex } from 'node:stream';
import type { ResourceUuid } from '../../model/identity.js';
import type { ObjectKey } from '../../ports/driver.js';
import { CALL_FAULTS, type Fault } from '../simulator/fault.js';
import type { Process } from '../simulator/process.js';
import type { World } from '../simulator/world.js';
import type { SimulatedServer } from './outside.js';
import { away, failureOf, refused } from './outside-failures.js';
import type { OutsideObjects } from './outside-objects.js';

/** A console that a hypervisor has open. */
export interface OutsideConsole {
  readonly server: ResourceUuid;
  /** The only end there is: nobody draws anything. */
  readonly stream: Duplex;
}

// A connection whose beginning gets lost is none: both ends see it break.
const OPENING_FAULTS: ReadonlySet<Fault> = new Set(
  [...CALL_FAULTS].filter((fault) => fault !== 'lost-reply'),
);

/**
 * The consoles of a simulated cloud's servers. As careless as a hypervisor can be: what is open stays open, whatever
 * becomes of the server, until whoever opened it closes it or dies.
 */
export class OutsideConsoles {
  /** Those that are open now. */
  readonly open = new Set<OutsideConsole>();
  readonly #world: World;
  readonly #servers: Pick<OutsideObjects<never, SimulatedServer>, 'kind' | 'matching'>;

  constructor(
    world: World,
    servers: Pick<OutsideObjects<never, SimulatedServer>, 'kind' | 'matching'>,
  ) {
    this.#world = world;
    this.#servers = servers;
  }

  /** The call of a driver, as one process has it. */
  openFor(process: Process, { uuid, epoch }: ObjectKey): Promise<Duplex> {
    const point = {
      label: 'compute.console',
      possible: OPENING_FAULTS,
      failure: (fault: 'error' | 'lost-reply') => failureOf('consoles', 'open', fault),
    };
    return this.#world.point(process, point, () => {
      if (this.#servers.kind.backend.mode !== 'up') throw away('consoles');
      const [server] = this.#servers.matching(uuid, epoch);
      if (server?.actual.powerState !== 'running')
        throw refused('consoles', 'NotRunning', 'there is no screen to look at');
      return this.#opened(process, uuid);
    });
  }

  #opened(process: Process, server: ResourceUuid): Duplex {
    const stream = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, written) => written(),
    });
    const console: OutsideConsole = { server, stream };
    this.open.add(console);
    const end = (): void => {
      this.open.delete(console);
    };
    stream.once('close', end);
    // Its own end is not heard any more there: not one line of a dead process runs.
    process.onDeath(end);
    return stream;
  }
}
