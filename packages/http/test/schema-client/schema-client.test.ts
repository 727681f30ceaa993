import { isDeepStrictEqual } from 'node:util';
import { asUuid } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { type RealCloud, serveRealCloud } from '../real-cloud.js';
import { Api, type Document, textIn } from './api.js';
import { type FieldSchema, readSchemas, type TypeSchema, targetOf } from './schema.js';
import { isMadeElsewhere, SchemaGap } from './values.js';
import { World } from './world.js';

/** What only its reader can bring: a schema names its form and has no example. */
const MADE_ELSEWHERE = [
  'loadbalancer.certificate',
  'loadbalancer.privateKey',
  'volume.replace: uploadId',
];

for (const who of ['admin', 'user'] as const) {
  t.test(
    `a client that knows nothing but a URL and the key of the ${who} does all there is to do`,
    async (t) => {
      // An address that was given up is anybody's at once, so that nobody waits.
      const real = await serveRealCloud(t, { cloud: { addresses: { quarantineMs: 0 } } });
      const world = await worldOf(real, who);
      if (who === 'user') await prepare(real);
      const skipped: string[] = [];
      const verbs = who === 'admin' ? 'administrators' : 'users';
      t.strictSame(
        world.creatable().map(({ id }) => id),
        real.cloud.types
          .all()
          .filter(({ access }) => access[verbs].includes('create'))
          .map(({ id }) => id),
        'all that it may create is in its schemas',
      );
      for (const schema of world.creatable())
        await t.test(schema.id, (t) => live(t, { real, world, schema, skipped }));
      for (const { schema, url } of world.made.toReversed()) {
        const { status, body } = await world.api.ask('GET', url);
        if (status === 404 || typeof body['removed'] === 'string') continue;
        await t.resolves(world.remove(schema, url), `${schema.id} is removed, and nothing is left`);
      }
      t.strictSame(skipped.toSorted(), MADE_ELSEWHERE);
    },
  );
}

async function worldOf(real: RealCloud, who: 'admin' | 'user'): Promise<World> {
  const api = new Api(real[who]);
  return new World(api, await readSchemas(api, `${real.url}/v1`));
}

// Addresses are an administrator's to give; everything else a user makes or finds.
async function prepare(real: RealCloud): Promise<void> {
  await (await worldOf(real, 'admin')).instance('addresspool');
}

interface Life {
  readonly real: RealCloud;
  readonly world: World;
  readonly schema: TypeSchema;
  readonly skipped: string[];
}

async function live(t: Test, { real, world, schema, skipped }: Life): Promise<void> {
  const resource = await world.instance(schema.id);
  const url = textIn(resource, 'links', 'self');
  t.equal(resource['type'], schema.id);
  await listed(t, world, schema, resource);
  await described(t, schema, resource);
  await updated(t, world, schema, url, skipped);
  await acted(t, world, schema, url, skipped);
  // Disks in memory hold nothing by themselves; real ones do.
  real.drivers.content.bytes.set(asUuid(textIn(resource, 'uuid')), Buffer.alloc(512));
  await followed(t, world, url);
}

async function listed(
  t: Test,
  world: World,
  schema: TypeSchema,
  resource: Document,
): Promise<void> {
  const id = textIn(resource, 'id');
  const { data } = await world.api.must('GET', `${schema.collection}?id=${id}`);
  t.equal(Reflect.get(Object(data), '0')?.uuid, resource['uuid'], 'it is in its collection');
}

// Every name of an answer is one of the schema, but for what all resources have.
async function described(t: Test, schema: TypeSchema, resource: Document): Promise<void> {
  const known = new Set([...Object.keys(schema.resourceFields), 'links', 'actions']);
  const unknown = Object.keys(resource).filter(
    (name) => !known.has(name) && !known.has(name.replace(/TS$/, '')),
  );
  t.strictSame(unknown, [], 'its schema knows all that it has');
}

async function updated(
  t: Test,
  world: World,
  schema: TypeSchema,
  url: string,
  skipped: string[],
): Promise<void> {
  if (!schema.resourceMethods.includes('PUT')) return;
  for (const [name, field] of Object.entries(schema.resourceFields)) {
    if (!field.update) continue;
    if (isMadeElsewhere(field)) {
      skipped.push(`${schema.id}.${name}`);
      continue;
    }
    const before = await world.settled(url);
    const value = await world.another(schema, name, before);
    const after = await world.api.must('PUT', url, { [name]: value });
    t.ok(
      await same(world, field, after[name], value),
      `${name} is changed to ${JSON.stringify(value)}`,
    );
    await world.settled(url);
  }
}

// A reference may read as the natural key of what it names.
async function same(
  world: World,
  field: FieldSchema,
  found: unknown,
  sent: unknown,
): Promise<boolean> {
  const target = targetOf(field);
  if (target === undefined || sent === null) return isDeepStrictEqual(found, sent);
  const { collection } = world.schemas.get(target) ?? {};
  const [one, other] = await Promise.all(
    [found, sent].map((id) => world.api.must('GET', `${collection}/${String(id)}`)),
  );
  return one?.['uuid'] === other?.['uuid'];
}

async function acted(
  t: Test,
  world: World,
  schema: TypeSchema,
  url: string,
  skipped: string[],
): Promise<void> {
  const left = new Set(Object.keys(schema.resourceActions));
  // Some become possible by others: what was detached can be attached.
  for (let round = 0; round < 4; round += 1) {
    for (const name of left) {
      const resource = await world.settled(url);
      const possible: unknown = Reflect.get(Object(resource['actions']), name);
      if (typeof possible !== 'string') continue;
      left.delete(name);
      const { input } = schema.resourceActions[name] ?? {};
      const fields = input === undefined ? {} : world.schemas.get(input)?.resourceFields;
      if (fields === undefined)
        throw new SchemaGap(`${schema.id}.${name} takes ${input}, which has no schema`);
      const elsewhere = Object.entries(fields).find(
        ([, field]) => field.required && isMadeElsewhere(field),
      );
      if (elsewhere !== undefined) {
        skipped.push(`${schema.id}.${name}: ${elsewhere[0]}`);
        continue;
      }
      const answer = await world.act(possible, fields, resource);
      t.equal(answer['type'], schema.resourceActions[name]?.output, `${name} answers what is said`);
      await world.settled(url);
    }
  }
  const { actions } = await world.settled(url);
  const missed = Object.keys(Object(actions)).filter((name) => left.has(name));
  t.strictSame(missed, [], 'no action that is possible was left out');
  const unknown = Object.keys(Object(actions)).filter(
    (name) => schema.resourceActions[name] === undefined,
  );
  t.strictSame(unknown, [], 'its schema knows all its actions');
}

async function followed(t: Test, world: World, url: string): Promise<void> {
  const { links } = await world.settled(url);
  for (const [name, to] of Object.entries(Object(links))) {
    const { status } = await world.api.ask('GET', String(to));
    t.equal(status, 200, `its link ${name} leads somewhere`);
  }
}
