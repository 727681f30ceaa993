import type {
  Caller,
  HookRegistration,
  MutationInput,
  Plan,
  PlanRequest,
  Plugin,
} from '@gdcloud/core';
import { ManualClock, memoryDrivers } from '@gdcloud/core/testing';
import { SqliteConnection } from '../../dist/adapters/sqlite/sqlite-connection.js';
import { sqlStore } from '../../dist/adapters/store/sql-store.js';
import { startCloud, type TestCloud, type TestCloudOptions } from './cloud.js';
import { hooking } from './hooking.js';

/** A cloud of which everything that a plan must not change can be seen. */
export interface Planned {
  readonly world: TestCloud;
  /** What was really changed outside, in order, as {@link stepsOf} words it. */
  readonly done: string[];
  plan(type: string, request: PlanRequest, caller?: Caller): Promise<Plan>;
  /** The whole database and the whole outside, as text. */
  everything(): Promise<string>;
}

const TABLES = [
  'resource',
  'reference',
  'history',
  'sequence',
  'allocation',
  'capacity',
  'claim',
] as const;

/** Starts a cloud and writes down what it does outside. */
export async function startPlanned(
  t: Parameters<typeof startCloud>[0],
  options: TestCloudOptions = {},
): Promise<Planned> {
  const connection = new SqliteConnection({ file: ':memory:' });
  const store = sqlStore(connection);
  t.teardown(() => store.close());
  const outside = memoryDrivers(options.drivers);
  const done: string[] = [];
  const world = await startCloud(t, {
    ...options,
    after: { store, outside, clock: new ManualClock() },
    plugins: [...(options.plugins ?? []), writingDown(done)],
  });
  return {
    world,
    done,
    plan: (type, request, caller = world.admin) =>
      world.cloud.resources.plan(caller, world.type(type), request),
    everything: async () => {
      const tables = [];
      for (const table of TABLES) {
        const query = connection.builder.selectFrom(table).selectAll().compile();
        tables.push({ table, rows: (await connection.run(query)).rows });
      }
      const objects = Object.entries(outside).flatMap(([kind, driver]) =>
        typeof driver === 'object' && 'objects' in driver
          ? [{ kind, counts: driver.counts, objects: [...driver.objects] }]
          : [],
      );
      return JSON.stringify({ tables, objects, load: world.cloud.load, done }, null, 1);
    },
  };
}

/** What a plan would do, a line a step: `volume file create`, `virtualmachine server update powerState`. */
export function stepsOf(plan: Plan): readonly string[] {
  return plan.steps.map(({ resource, part, verb, field }) =>
    line(resource.type, part, verb, field),
  );
}

function writingDown(done: string[]): Plugin {
  return hooking(
    ...(['create', 'update', 'delete'] as const).map(
      (verb): HookRegistration => ({
        point: `after.${verb}`,
        name: 'test/write-down',
        run: ({ resource, part, change }: MutationInput) => {
          done.push(line(resource.type, part, verb, change?.field));
          return undefined;
        },
      }),
    ),
  );
}

function line(type: string, part: string, verb: string, field: string | undefined): string {
  return [type, part, verb, ...(field === undefined ? [] : [field])].join(' ');
}
