import { PortUnavailable } from '../../model/errors.js';
import { asFence, asUuid, type Fence, type ResourceUuid } from '../../model/identity.js';
import type { Lease, LockService } from '../../ports/lock-service.js';
import { CALL_FAULTS } from '../simulator/fault.js';
import type { Process } from '../simulator/process.js';
import type { PointOptions, World } from '../simulator/world.js';

/** How long a session outlives its silent process; milliseconds (reference/kernel.md 1.6). */
const SESSION = 10_000;

/** Something that happens to a lock. */
export type LockEvent = 'asked for' | 'refused' | 'released';

interface Held {
  readonly session: Session;
  readonly fence: Fence;
  /** Whether the holder knows: until then the answer may have got lost, and asking again finds the own lock. */
  known: 'yes' | 'no';
}

/** What keeps a process's locks: ends when the process is silent for too long. */
class Session {
  readonly process: Process;
  readonly lost = new AbortController();

  constructor(process: Process) {
    this.process = process;
  }
}

/**
 * A lock service like ZooKeeper, as far as the kernel can tell: ephemeral locks of sessions that end behind the back of
 * their owner, tokens that grow, and replies that get lost.
 */
export class LockServer {
  /** Whether requests are answered. */
  reachable: 'yes' | 'no' = 'yes';
  /** Told of everything that happens to locks; keys are uuids of resources. */
  onLock: (what: LockEvent, key: ResourceUuid, process: Process) => void = () => undefined;
  readonly #world: World;
  readonly #held = new Map<string, Held>();
  readonly #sessions = new Map<Process, Session>();
  #incarnation: number;
  #count = 0;

  /** Its tokens begin with `incarnation`: greater than that of whatever gave the tokens that rows carry already. */
  constructor(world: World, incarnation: number) {
    this.#world = world;
    this.#incarnation = incarnation;
  }

  /** The process that holds the lock of `key`, if any. */
  holder(key: string): Process | undefined {
    return this.#held.get(key)?.session.process;
  }

  /** The port as one process has it. */
  serviceOf(process: Process): LockService {
    process.onDeath(() => {
      const session = this.#sessions.get(process);
      if (session !== undefined)
        this.#world.schedule(this.#world.now + SESSION, () => this.#end(session));
    });
    return {
      tryAcquire: async (key) => {
        const held = await this.#world.point(process, this.#point('locks.tryAcquire'), () =>
          this.#acquire(process, key),
        );
        if (held === undefined) return undefined;
        held.known = 'yes';
        return this.#lease(process, key, held);
      },
      holder: (key) =>
        this.#world.point(process, this.#point('locks.holder'), () => {
          this.#demandReachable();
          const held = this.#held.get(key);
          return held === undefined ? undefined : { owner: held.session.process.name };
        }),
    };
  }

  /** A session ends. The owner hears of it at once, or, paused, not before it wakes. */
  loseSession(process: Process): void {
    const session = this.#sessions.get(process);
    if (session !== undefined) this.#end(session);
  }

  /** All data is gone, sessions and counters included, as when somebody deletes its folder. */
  wipe(): void {
    for (const session of this.#sessions.values()) this.#end(session);
    this.#incarnation += 1;
    this.#count = 0;
  }

  #acquire(process: Process, key: string): Held | undefined {
    this.#demandReachable();
    this.onLock('asked for', asUuid(key), process);
    const session = this.#sessionOf(process);
    const held = this.#held.get(key);
    if (held !== undefined) {
      if (held.session === session && held.known === 'no') return held;
      this.onLock('refused', asUuid(key), process);
      return undefined;
    }
    this.#count += 1;
    const fence = asFence(`${hex(this.#incarnation, 8)}.${hex(this.#count, 12)}`);
    const mine: Held = { session, fence, known: 'no' };
    this.#held.set(key, mine);
    return mine;
  }

  #lease(process: Process, key: string, held: Held): Lease {
    return {
      fence: held.fence,
      signal: held.session.lost.signal,
      // Sessions end here whenever the simulation wants it.
      remainingMs: () => 0,
      // A release that fails is none to the caller: it gives up its whole session, which releases all.
      release: () =>
        this.#world
          .point(process, this.#point('locks.release'), () => {
            this.#demandReachable();
            if (this.#held.get(key) !== held) return;
            this.#held.delete(key);
            this.onLock('released', asUuid(key), process);
          })
          .catch(() => {
            this.loseSession(process);
          }),
    };
  }

  #sessionOf(process: Process): Session {
    const known = this.#sessions.get(process);
    if (known !== undefined) return known;
    const session = new Session(process);
    this.#sessions.set(process, session);
    return session;
  }

  #end(session: Session): void {
    const { process } = session;
    if (this.#sessions.get(process) === session) this.#sessions.delete(process);
    for (const [key, held] of this.#held) if (held.session === session) this.#held.delete(key);
    process.deliver(() => session.lost.abort(new Error('the lock session has ended')));
  }

  #demandReachable(): void {
    if (this.reachable === 'no') throw unavailable();
  }

  #point(label: string): PointOptions {
    return { label, possible: CALL_FAULTS, failure: unavailable, patienceMs: 10_000 };
  }
}

function unavailable(): PortUnavailable {
  return new PortUnavailable('locks', 'the lock service does not answer', {
    remedy: 'It is asked again by itself.',
  });
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
