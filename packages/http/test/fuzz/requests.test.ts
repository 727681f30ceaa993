import type { Resources } from '@gdcloud/core';
import { ApiHandler } from '@gdcloud/http';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { canaryOf, furnish, furnishHouse } from '../furnished.js';
import { basic } from '../served.js';
import { request } from '../socketless.js';
import { startTenants, type Tenants, type TenantsOptions } from '../tenants.js';
import { UNHURRIED } from '../unhurried.js';
import { type Wish, wishes } from './requests.js';

/** Each seed is one cloud and as many requests. Seeds that once found something stay. */
const SEEDS = [20_261_129, 1, 2, 3];
const REQUESTS = Number(process.env['GDCLOUD_FUZZ'] ?? 25_000);
/** A kernel that is at work at the same time gives the requests more to see. */
const BESIDE_A_KERNEL = 4_000;

t.setTimeout(900_000);

t.test('no request that the declarations suggest is answered with a 5xx', async (t) => {
  const answered = new Map<number, number>();
  for (const seed of SEEDS) await fuzz(t, seed, REQUESTS, { roles: ['api'] }, answered);
  t.comment(
    [...answered]
      .sort(([one], [other]) => one - other)
      .map((pair) => pair.join(': '))
      .join(', '),
  );
  const kinds = [200, 201, 202, 304, 400, 403, 404, 405, 406, 409, 412, 415, 422];
  t.same(
    kinds.filter((status) => !answered.has(status)),
    [],
    'it reaches all kinds of answers',
  );
});

t.test('nor beside a kernel at work', async (t) => {
  await fuzz(t, 7, BESIDE_A_KERNEL, {}, new Map());
});

async function fuzz(
  t: Test,
  seed: number,
  numRuns: number,
  options: TenantsOptions,
  answered: Map<number, number>,
): Promise<void> {
  const tenants = await startTenants(t, options);
  await furnishHouse(tenants);
  for (const key of [tenants.ada, tenants.eve]) await furnish(tenants, key);
  const secrets = await secretsOf(tenants);
  const { types, contents } = tenants.cloud;
  const failures: object[] = [];
  const log = (data: object) => failures.push(data);
  const handler = new ApiHandler({
    types,
    resources: withLastingKeys(tenants),
    contents,
    traffic: UNHURRIED,
    logger: { debug: () => undefined, info: () => undefined, warn: log, error: log },
  });
  const askers = [
    ...Array.from({ length: 6 }, () => ['ada', 'eve'] as const).flat(),
    'root',
    'root',
    'nobody',
  ] as const;
  await fc.assert(
    fc.asyncProperty(wishes(types), fc.constantFrom(...askers), async (wish, asker) => {
      const key = asker === 'nobody' ? undefined : tenants[asker];
      const authorization = key && basic(key);
      const { method, target, headers, body } = wish;
      const response = await handler.handle(
        request(method, target, { ...headers, authorization }, body),
      );
      await response.stream?.close();
      const { status } = response;
      answered.set(status, (answered.get(status) ?? 0) + 1);
      const foreign = asker === 'ada' ? tenants.eve : tenants.ada;
      const problem = problemOf(response, secrets, asker === 'root' ? [] : [canaryOf(foreign)]);
      if (problem !== undefined) throw new Error(`${problem}: ${tellOf(wish)}`);
    }),
    { numRuns, seed, endOnFailure: true },
  );
  t.same(failures, [], `the log has nothing to tell after seed ${seed}`);
}

function problemOf(
  { status, headers, body }: Awaited<ReturnType<ApiHandler['handle']>>,
  secrets: readonly string[],
  canaries: readonly string[],
): string | undefined {
  if (status >= 500) return `${status} ${body}`;
  if (headers['x-api-schemas'] === undefined) return 'no way to the schemas';
  if (headers['content-type']?.startsWith('application/json') === true) JSON.parse(body);
  if (secrets.some((secret) => body.includes(secret))) return 'a secret is told';
  if (canaries.some((canary) => body.includes(canary))) return 'what is another account’s is told';
  return undefined;
}

function tellOf({ method, target, headers, body }: Wish): string {
  return `${method} ${target} ${JSON.stringify(headers)} ${body.toString('latin1')}`;
}

/** What is kept and never told. */
async function secretsOf({ store, cloud }: Tenants): Promise<readonly string[]> {
  const found: string[] = [];
  for (const type of cloud.types.all()) {
    const hidden = Object.entries(type.spec).filter(([, { show }]) => show === 'never');
    for (const row of await store.all(type, 100)) {
      for (const [name] of hidden) {
        const value = row.spec[name];
        if (typeof value === 'string' && value.length > 8) found.push(value);
      }
    }
  }
  return found;
}

// Requests deactivate and delete keys as they do everything else; those that they are asked with go on to open the door.
function withLastingKeys({ cloud, ada, eve, root }: Tenants): Resources {
  const callers = new Map([ada, eve, root].map(({ publicValue, caller }) => [publicValue, caller]));
  return new Proxy(cloud.resources, {
    get(resources, name) {
      if (name === 'authenticate') return async (key: string) => callers.get(key);
      const method: unknown = Reflect.get(resources, name);
      return typeof method === 'function' ? method.bind(resources) : method;
    },
  });
}
