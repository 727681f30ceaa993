// Compiled and never run: what the compiler must take, and, where it says so, must not.
import { date, defineResourceType, int, reference, string } from '@gdcloud/core';
import {
  type Change,
  createClient,
  type ExplanationDocument,
  type PlanDocument,
} from '@gdcloud/http/client';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? 'equal' : 'different';
const is = <_A extends 'equal'>(): void => {};

/** What a plug-in declares. */
export const dnsrecord = defineResourceType({
  id: 'dnsrecord',
  plural: 'dnsrecords',
  description: 'A name.',
  spec: {
    hostname: string({ description: 'The name.', required: true }),
    virtualmachineId: reference('virtualmachine', { description: 'Where to.', required: true }),
    ttlSeconds: int({ description: 'How long.', default: 60 }),
    expires: date({ description: 'Until when.' }),
    token: string({ description: 'A secret.', write: 'internal', show: 'once' }),
    digest: string({ description: 'Of it.', write: 'internal', show: 'never' }),
  },
  status: { address: string({ description: 'What it resolves to.', required: true }) },
  links: { virtualmachine: { kind: 'reference', field: 'virtualmachineId' } },
  actions: {
    renew: {
      description: 'Renew it.',
      input: { until: date({ description: 'Until when.', required: true }) },
      available: () => true,
      apply: (_record, { until }) => ({ expires: until }),
    },
  },
  questions: {
    hits: {
      description: 'How often.',
      input: { stepSeconds: int({ description: 'Of what length.', default: 5 }) },
      output: { count: int({ description: 'How many.' }), from: date({ description: 'Since.' }) },
      verb: 'read',
      available: () => true,
    },
  },
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
});

/** Uses a client in every way. */
export async function uses(signal: AbortSignal): Promise<void> {
  const client = createClient({
    url: 'http://127.0.0.1',
    accessKey: 'a',
    secretKey: 'b',
    types: [dnsrecord],
    signal,
  });

  const server = await client.virtualmachines.create({
    name: 'web',
    offering: '1gb-1cpu',
    imageId: '1',
    networkId: '1',
    labels: ['web'],
  });
  is<Equal<typeof server.type, 'virtualmachine'>>();
  is<Equal<typeof server.desiredState, 'running' | 'stopped'>>();
  is<Equal<typeof server.userData, string | null>>();
  is<Equal<typeof server.privateIpv4Address, string | null>>();
  is<Equal<typeof server.labels, readonly string[]>>();
  is<Equal<typeof server.transitioning, 'yes' | 'no' | 'error'>>();
  is<Equal<typeof server.createdTS, number>>();
  // @ts-expect-error What it needs is missing.
  await client.virtualmachines.create({ name: 'web', imageId: '1', networkId: '1' });
  await client.virtualmachines.create({
    offering: '1gb-1cpu',
    imageId: '1',
    networkId: '1',
    // @ts-expect-error Only our own actions set it.
    restarts: 3,
  });
  await client.virtualmachines.create({
    offering: '1gb-1cpu',
    imageId: '1',
    networkId: '1',
    // @ts-expect-error It is one of two words.
    desiredState: 'paused',
  });
  await client.virtualmachines.update(server, { desiredState: 'stopped', name: null });
  // @ts-expect-error It is fixed once it is made.
  await client.virtualmachines.update(server, { imageId: '2' });
  // @ts-expect-error It has a default and is never null.
  await client.virtualmachines.update(server, { desiredState: null });
  // @ts-expect-error A client can not write it.
  server.state = 'running';

  const resized = await client.virtualmachines.resize(server, { offering: '2gb-4cpu' });
  is<Equal<typeof resized, typeof server>>();
  await client.virtualmachines.action('1', 'resize', { offering: '2gb-4cpu' });
  await client.virtualmachines.stop('1');
  // @ts-expect-error The size is missing.
  await client.virtualmachines.resize(server);
  // @ts-expect-error The size is missing here, too.
  await client.virtualmachines.action(server, 'resize');
  // @ts-expect-error There is no such action.
  await client.virtualmachines.action(server, 'explode');
  const usage = await client.virtualmachines.usage('1', { from: '2026-01-01T00:00:00Z' });
  is<Equal<typeof usage.stepSeconds, number | null>>();
  const screen = await client.virtualmachines.console('1');
  is<Equal<typeof screen.expires, string | null>>();
  is<Equal<typeof screen.expiresTS, number | null | undefined>>();

  const page = await client.volumes.list({
    filters: { sizeGb_gte: 5, removed_null: true, name_prefix: 'a' },
    sort: 'sizeGb',
    order: 'desc',
    limit: 10,
    signal,
  });
  is<Equal<(typeof page.data)[number]['sizeGb'], number>>();
  for await (const volume of page) is<Equal<typeof volume.type, 'volume'>>();
  for await (const volume of client.volumes.list()) is<Equal<typeof volume.type, 'volume'>>();
  // @ts-expect-error There is no such field to filter by.
  client.volumes.list({ filters: { colour: 'red' } });
  // @ts-expect-error Nor to sort by: lists have no order among lists.
  client.virtualmachines.list({ sort: 'labels' });

  for await (const volume of client.virtualmachines.follow(server, 'volumes'))
    is<Equal<typeof volume.type, 'volume'>>();
  const network = await client.virtualmachines.follow(server, 'network');
  is<Equal<typeof network.ipv4Cidr, string>>();
  // @ts-expect-error There is no such link.
  await client.virtualmachines.follow(server, 'friends');
  // @ts-expect-error It leads to bytes.
  await client.volumes.follow('1', 'content');

  const settled = await client.virtualmachines.waitFor(server, 'settled', { timeoutMs: 5, signal });
  is<Equal<typeof settled, typeof server>>();
  await client.virtualmachines.waitFor(server, ({ powerState }) => powerState === 'halted');
  await client.networks.change('1', ({ rateLimitMbit }) =>
    rateLimitMbit === null ? { rateLimitMbit: 5 } : undefined,
  );
  const why = await client.networks.explain('1');
  is<Equal<typeof why, ExplanationDocument>>();
  // A network declares a question that is called like the client's own `plan`.
  await client.networks.plan('1');
  const plan = await client.plan.networks.create({ ipv4Cidr: '10.0.0.0/24' });
  is<Equal<typeof plan, PlanDocument>>();
  await client.plan.volumes.action('1', 'resize', { sizeGb: 5 });

  const record = await client.dnsrecords.create({
    hostname: 'www',
    virtualmachineId: server.id,
    expires: 1_700_000_000_000,
  });
  is<Equal<typeof record.expires, string | null>>();
  is<Equal<typeof record.expiresTS, number | undefined>>();
  is<Equal<typeof record.ttlSeconds, number>>();
  is<Equal<typeof record.token, string | undefined>>();
  is<Equal<typeof record.address, string | null>>();
  // @ts-expect-error It is never shown.
  void record.digest;
  await client.dnsrecords.renew(record, { until: '2027-01-01T00:00:00Z' });
  const hits = await client.dnsrecords.hits(record);
  is<Equal<typeof hits.count, number | null>>();
  const target = await client.dnsrecords.follow(record, 'virtualmachine');
  is<Equal<typeof target, typeof server>>();

  for await (const told of client.watch({ types: ['volume'], include: 'resource', signal }))
    if (told.type === 'change') is<Equal<typeof told, Change>>();
  // @ts-expect-error Nobody has declared it.
  void client.unicorns;
}
