import {
  asFence,
  asOperationKey,
  type ComputeDriver,
  type Driver,
  type DriverCall,
  type ObjectKey,
  type Random,
} from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { type Connect, createXenserverDriver } from '@gdcloud/driver-xenserver';
import {
  type SimulatedPool,
  type SimulatedPoolOptions,
  simulatedPool,
} from '@gdcloud/driver-xenserver/simulator';

/** A pool in this process with a driver on it, and time that stands still. */
export interface Laboratory {
  readonly clock: ManualClock;
  readonly pool: SimulatedPool;
  readonly driver: ComputeDriver;
  /** Uuid of the pool's first host. */
  readonly host: string;
  /** Every request and every answer so far, in order. */
  readonly transcript: readonly string[];
  /** The circumstances of one call: a new operation each time. */
  call(): DriverCall;
  /** Observes and changes until all is as desired, as the kernel would; returns the fields changed, in order. */
  converge<Desired, Actual>(
    driver: Driver<Desired, Actual>,
    key: ObjectKey,
    desired: Desired,
  ): Promise<readonly string[]>;
  /** Deletes until nothing is there. */
  remove<Desired, Actual>(driver: Driver<Desired, Actual>, key: ObjectKey): Promise<void>;
}

/** Chance that is the same in every run with the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    fraction: next,
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)),
  };
}

/** Sets up a pool of its own for one test. */
export function openLaboratory(
  options: Partial<SimulatedPoolOptions> & { readonly seed?: number } = {},
): Laboratory {
  const clock = new ManualClock();
  const pool = simulatedPool({ clock, random: seededRandom(options.seed ?? 1), ...options });
  const transcript: string[] = [];
  const driver = createXenserverDriver(
    { url: pool.url, username: pool.username, password: pool.password, deployment: 'test' },
    { clock, connect: overheard(pool.connect, transcript) },
  );
  let operations = 0;
  const call = (): DriverCall => {
    operations += 1;
    return {
      signal: new AbortController().signal,
      deadline: clock.now() + 20_000,
      fence: asFence('0001'),
      operation: asOperationKey(`operation-${operations}`),
    };
  };
  return {
    clock,
    pool,
    driver,
    host: String(pool.rows.list('host')[0]?.record['uuid']),
    transcript,
    call,
    converge: (part, key, desired) => clock.until(converge(part, key, desired)),
    remove: (part, key) => clock.until(remove(part, key)),
  };

  async function converge<Desired, Actual>(
    part: Driver<Desired, Actual>,
    key: ObjectKey,
    desired: Desired,
  ): Promise<readonly string[]> {
    const fields: string[] = [];
    for (;;) {
      const seen = await part.observe(key, desired, call());
      if (seen.presence === 'unknown') throw seen.failure;
      if (seen.presence === 'absent') {
        await part.create(key, desired, call());
        fields.push('create');
      } else if (seen.busy === true) {
        await clock.wait(1_000);
      } else {
        const [change] = seen.changes;
        if (change === undefined) return fields;
        const { settled } = await part.update(key, desired, change, call());
        fields.push(change.field);
        if (!settled) await clock.wait(1_000);
      }
    }
  }

  async function remove<Desired, Actual>(
    part: Driver<Desired, Actual>,
    key: ObjectKey,
  ): Promise<void> {
    for (;;) {
      const seen = await part.observe(key, undefined, call());
      if (seen.presence === 'unknown') throw seen.failure;
      if (seen.presence === 'absent') return;
      if (seen.busy === true) await clock.wait(1_000);
      else await part.delete(key, call());
    }
  }
}

function overheard(connect: Connect, transcript: string[]): Connect {
  return (url) => {
    const wire = connect(url);
    return {
      origin: wire.origin,
      async post(body, exchange) {
        transcript.push(body);
        const answer = await wire.post(body, exchange);
        transcript.push(answer);
        return answer;
      },
      ...(wire.get && { get: wire.get.bind(wire) }),
      ...(wire.tunnel && { tunnel: wire.tunnel.bind(wire) }),
      close: () => wire.close(),
    };
  };
}
