import type { Clock } from '../../../ports/clock.js';
import type { Random } from '../../../ports/random.js';
import type { Fault } from '../../simulator/fault.js';
import type { Backend, DriverProcess } from '../subject.js';
import { ProcessClock } from './time.js';

/**
 * What can go wrong at an I/O point, as in the simulator; a zombie is paused before the effect until it is resumed.
 * The simulator's world is not used itself: it takes every effect to be over at once, and a third party's driver does
 * real I/O, some of it past the kit's doors.
 */
export type PointFault = Extract<
  Fault,
  'crash-before' | 'crash-after' | 'lost-reply' | 'error' | 'hang' | 'zombie'
>;

/** A call of a driver through one of its doors. */
export interface Visit {
  /** `files.read` */
  readonly door: string;
  /** Counts from 0 in each process. */
  readonly index: number;
}

/** How the doors of a backend fail. */
export type Ways = Pick<Backend<unknown, unknown>, 'lostReply' | 'refusal' | 'patienceMs'>;

/** How many calls are under way, over all processes of a backend. */
export class Traffic {
  count = 0;
  inFlight = 0;
}

/** One life of the driver: dies once, and what it waits for then never comes. */
export class KitProcess implements DriverProcess {
  readonly clock: ProcessClock;
  readonly random: Random;
  readonly visits: Visit[] = [];
  /** Decides what goes wrong at a visit. */
  plan: (visit: Visit) => PointFault | undefined = () => undefined;
  /** How long each call takes before anything happens, in milliseconds. */
  latencyMs = 0;
  state: 'running' | 'paused' | 'dead' = 'running';
  readonly #backend: Ways;
  readonly #traffic: Traffic;
  readonly #worldClock: Clock;
  readonly #last: (() => void)[] = [];
  readonly #resting: (() => void)[] = [];
  #resume: () => void = () => undefined;

  constructor(backend: Ways, traffic: Traffic, clock: Clock, random: Random) {
    this.#backend = backend;
    this.#traffic = traffic;
    this.#worldClock = clock;
    this.clock = new ProcessClock(clock);
    this.random = random;
  }

  io<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return (...args: readonly unknown[]) =>
          this.#visit(`${name}.${String(property)}`, args, () =>
            Reflect.apply(value, target, args),
          );
      },
      apply: (target, self, args: readonly unknown[]) =>
        typeof target === 'function'
          ? this.#visit(name, args, () => Reflect.apply(target, self, args))
          : undefined,
    });
  }

  atEnd(work: () => void): void {
    this.#last.push(work);
  }

  atRest(work: () => void): void {
    this.#resting.push(work);
  }

  /** Ends what goes on beside all calls; tells whether anything did. */
  rest(): boolean {
    const works = this.#resting.splice(0);
    for (const work of works) work();
    return works.length > 0;
  }

  /** Kills it now: nothing it waits for arrives. */
  crash(): void {
    this.state = 'dead';
    this.clock.end();
    for (const work of this.#last.splice(0)) work();
  }

  /** Lets it go on where it was paused. */
  resume(): void {
    this.state = 'running';
    this.#resume();
  }

  async #visit(door: string, args: readonly unknown[], effect: () => unknown): Promise<unknown> {
    if (this.state === 'dead') return never();
    const visit: Visit = { door, index: this.visits.length };
    this.visits.push(visit);
    this.#traffic.count += 1;
    if (this.latencyMs > 0) await unlessAborted(args, this.#delay(this.latencyMs));
    switch (this.plan(visit)) {
      case 'crash-before':
        this.crash();
        return never();
      case 'crash-after':
        await this.#answer(effect).catch(() => undefined);
        this.crash();
        return never();
      case 'lost-reply':
        await this.#answer(effect);
        throw this.#lost(door);
      case 'error':
        throw this.#backend.refusal?.(door) ?? coded('EIO', `${door}: refused`);
      case 'hang':
        return unlessAborted(args, this.#outOfPatience(door));
      case 'zombie':
        await new Promise<void>((resolve) => {
          this.state = 'paused';
          this.#resume = resolve;
        });
        break;
      case undefined:
        break;
    }
    return this.#answer(effect);
  }

  async #answer(effect: () => unknown): Promise<unknown> {
    this.#traffic.inFlight += 1;
    let reply: () => unknown;
    try {
      const value = await effect();
      reply = () => value;
    } catch (thrown) {
      reply = () => {
        throw thrown;
      };
    }
    this.#traffic.inFlight -= 1;
    this.#traffic.count += 1;
    return this.state === 'dead' ? never() : reply();
  }

  async #outOfPatience(door: string): Promise<never> {
    const { patienceMs } = this.#backend;
    if (patienceMs === undefined) return never();
    await this.#delay(patienceMs);
    return this.state === 'dead' ? never() : Promise.reject(this.#lost(door));
  }

  #lost(door: string): unknown {
    return this.#backend.lostReply?.(door) ?? coded('ETIMEDOUT', `${door}: no reply`);
  }

  // By the world's clock: a driver is not to be blamed for what its doors have scheduled.
  #delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#worldClock.schedule(ms, resolve);
    });
  }
}

/** A promise nobody ever keeps. */
function never<Value>(): Promise<Value> {
  return new Promise(() => undefined);
}

// A door that was handed the call's signal gives up with it, as fetch does; another hangs for ever, as a dead NFS mount does.
async function unlessAborted<Value>(
  args: readonly unknown[],
  work: Promise<Value>,
): Promise<Value> {
  const given = args.map(signalIn).find((found) => found !== undefined);
  if (given === undefined) return work;
  given.throwIfAborted();
  // A signal that follows the given one: a listener of ours on that would be taken for the driver's.
  const signal = AbortSignal.any([given]);
  let giveUp = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason);
  });
  signal.addEventListener('abort', giveUp);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    // Node keeps one that is listened to for ever.
    signal.removeEventListener('abort', giveUp);
  }
}

function signalIn(argument: unknown): AbortSignal | undefined {
  if (argument instanceof AbortSignal) return argument;
  if (typeof argument !== 'object' || argument === null || !('signal' in argument))
    return undefined;
  return argument.signal instanceof AbortSignal ? argument.signal : undefined;
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
