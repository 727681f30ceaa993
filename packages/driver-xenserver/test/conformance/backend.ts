import {
  asUuid,
  type ComputeDriver,
  type Driver,
  type JsonObject,
  type ResourceUuid,
} from '@gdcloud/core';
import type { Backend, BackendEnv, DriverProcess } from '@gdcloud/core/testing';
import { createXenserverDriver } from '@gdcloud/driver-xenserver';
import {
  type SimulatedPool,
  type SimulatedPoolOptions,
  simulatedPool,
} from '@gdcloud/driver-xenserver/simulator';
import { type Hear, Line, Refusal, SESSION_MARK } from './line.js';

export const DEPLOYMENT = 'conformance';
const PASSWORD = 'whispered-by-the-operator';
/** The longest that a wire waits for an answer, in milliseconds: as long as the driver's calls may take. */
const LONGEST_EXCHANGE = 30_000;

/** The same host in every pool, so that desired states can name it. */
export const HOST: ResourceUuid = asUuid('0190a000-0000-7000-8000-00000000a001');

/** What the backends of the drivers have in common. */
export interface PoolBackend<Desired, Actual> {
  readonly env: BackendEnv;
  /** As of which release the pool answers. */
  readonly release: string;
  /** Begins to listen to what a new pool is asked. */
  readonly begin: () => Hear;
  readonly options?: Partial<SimulatedPoolOptions>;
  /** The XAPI class of the objects. */
  readonly className: 'VM' | 'network' | 'VDI';
  /** What an external id is of an object. Default: its uuid. */
  readonly identifiedBy?: 'reference';
  /** Brings in what the desired states name. */
  furnish?(pool: SimulatedPool): void;
  readonly noticedAfterMs?: number;
  driver(
    compute: ComputeDriver,
    pool: SimulatedPool,
    process: DriverProcess,
  ): Driver<Desired, Actual>;
  /** Fields of an object that somebody else has made under `name`. */
  foreign(name: string, pool: SimulatedPool): JsonObject;
  destroyed?(external: string, pool: SimulatedPool): void;
  /** External ids of all objects there are. Default: all of the class. */
  objects?(pool: SimulatedPool): readonly string[];
}

/** A simulated pool by the kit's clock, with the kit in every call. */
export function poolBackend<Desired, Actual>(
  plan: PoolBackend<Desired, Actual>,
): Backend<Desired, Actual> {
  const { className, env, release } = plan;
  const pool = simulatedPool({
    ...env,
    hosts: 2,
    password: PASSWORD,
    asOf: release,
    ...plan.options,
  });
  const [host] = pool.rows.list('host');
  if (host !== undefined) pool.rows.set('host', host.ref, 'uuid', HOST);
  plan.furnish?.(pool);
  const line = new Line(pool, plan.begin());
  const rows = () =>
    pool.rows.list(className).map(({ ref, record }) => ({
      ref,
      external: plan.identifiedBy === 'reference' ? ref : String(record['uuid']),
    }));
  return {
    effects: 'virtual',
    patienceMs: LONGEST_EXCHANGE,
    ...(plan.noticedAfterMs === undefined ? {} : { noticedAfterMs: plan.noticedAfterMs }),
    secrets: [PASSWORD, SESSION_MARK],
    refusal: () => new Refusal('overloaded'),
    open: (process) => plan.driver(compute(pool, line, process), pool, process),
    objects: () => plan.objects?.(pool) ?? rows().map(({ external }) => external),
    down: () => line.cut(),
    up: () => line.mend(),
    destroy: (external) => {
      plan.destroyed?.(external, pool);
      const found = rows().find((row) => row.external === external);
      if (found !== undefined) pool.rows.destroy(className, found.ref);
    },
    makeForeign: (name) => {
      const ref = pool.rows.insert(className, plan.foreign(name, pool));
      return String(rows().find((row) => row.ref === ref)?.external);
    },
    close: () => pool.close(),
  };
}

function compute(pool: SimulatedPool, line: Line, process: DriverProcess): ComputeDriver {
  return createXenserverDriver(
    {
      url: pool.url,
      username: pool.username,
      password: pool.password,
      deployment: DEPLOYMENT,
      // Shorter than a start takes: such calls end unsettled.
      patienceMs: 10,
    },
    { clock: process.clock, connect: line.connectFor(process) },
  );
}
