import { type BadInput, type Place, post, put } from './bad-input.js';

const server = (networkId: (place: Place) => unknown) =>
  post(
    (place) =>
      JSON.stringify({
        offering: place.offering,
        imageId: place.image,
        networkId: networkId(place),
      }),
    { path: '/v1/virtualmachines' },
  );
const pool = (fields: object) =>
  post(JSON.stringify({ uplink: 'wan', ...fields }), { path: '/v1/addresspools', by: 'admin' });
const outgoing = (id: (place: Place) => string) =>
  put((place) => JSON.stringify({ outgoingAddressId: id(place) }));

const again = (uuid: (place: Place) => string) =>
  post((place) => JSON.stringify({ uuid: uuid(place), ipv4Cidr: '10.99.0.0/24' }));

const nothing = { status: 422, code: 'InvalidReference' } as const;
const noNetwork = { ...nothing, fieldName: 'networkId' } as const;
const refused = { status: 422, code: 'AdmissionRefused', only: 'real cloud' } as const;

/** List D, third part: values that are only wrong because of what else there is. */
export const BAD_REFERENCES: readonly BadInput[] = [
  { number: 'D25', what: 'missing', bytes: server(() => '4711'), ...noNetwork },
  {
    number: 'D25',
    what: 'of another account',
    bytes: server(({ foreign }) => foreign),
    ...noNetwork,
  },
  {
    number: 'D25',
    what: 'of another kind',
    bytes: server(({ otherKind }) => otherKind),
    ...noNetwork,
  },
  { number: 'D25', what: 'deleted', bytes: server(({ gone }) => gone), ...noNetwork },
  { number: 'D25', what: 'no id', bytes: server(() => '../1'), ...noNetwork },
  {
    number: 'D25',
    what: 'an object',
    bytes: server(() => ({ $ne: null })),
    status: 422,
    code: 'InvalidFormat',
    fieldName: 'networkId',
  },
  {
    number: 'D25',
    what: 'itself',
    bytes: outgoing(({ network }) => network),
    ...nothing,
    only: 'real cloud',
  },
  {
    number: 'D26',
    what: 'round in a circle: by an address that is in no network',
    bytes: outgoing(() => '4711'),
    ...nothing,
    only: 'real cloud',
  },
  {
    number: 'D28',
    what: 'a pool over another',
    bytes: pool({ cidr: '198.51.100.0/25', gateway: '198.51.100.1' }),
    ...refused,
  },
  {
    number: 'D28',
    what: 'the broadcast address as a router',
    bytes: pool({ cidr: '203.0.113.0/24', gateway: '203.0.113.255' }),
    ...refused,
  },
  {
    number: 'D28',
    what: 'IPv4 in IPv6',
    bytes: pool({ cidr: '::ffff:203.0.113.0/120', gateway: '203.0.113.1' }),
    status: 422,
    code: 'InvalidFormat',
    fieldName: 'cidr',
    only: 'real cloud',
  },
  ...['01:00:5e:00:00:01', '02-00-5e-10-00-01', '02:00:5e:10:00'].map((macAddress) => ({
    number: 'D29',
    what: `${macAddress}: nobody chooses one`,
    bytes: (place: Place) =>
      put(JSON.stringify({ macAddress }), { path: `/v1/virtualmachines/${place.server}` })(place),
    status: 200,
    rule: '11: what is observed is read-only',
  })),
  {
    number: 'D30',
    what: 'a stale If-Match',
    bytes: put('{"name":"x"}', { headers: ['If-Match: "4711-0"'] }),
    status: 412,
    code: 'PreconditionFailed',
  },
  ...['7', '"x"', '"1-0", "2-0"', '1-0'].map((tag) => ({
    number: 'D30',
    what: `If-Match: ${tag}`,
    bytes: put('{"name":"x"}', { headers: [`If-Match: ${tag}`] }),
    status: 400,
    code: 'BadRequest',
  })),
  {
    number: 'D31',
    what: 'a uuid that was used for something else',
    bytes: again(({ uuid }) => uuid),
    status: 422,
    code: 'NotUnique',
    fieldName: 'uuid',
  },
  ...['a'.repeat(300), '1', '0190A0B0-0000-7000-8000-000000000001'].map((uuid) => ({
    number: 'D31',
    what: `the uuid ${uuid.slice(0, 40)}`,
    bytes: again(() => uuid),
    status: 422,
    code: 'InvalidFormat',
    fieldName: 'uuid',
  })),
  ...['', '"x', 'x'.repeat(300), '"a"b"'].map((key) => ({
    number: 'D31',
    what: `Idempotency-Key: ${key.slice(0, 20)}`,
    bytes: post('{"ipv4Cidr":"10.31.0.0/24"}', { headers: [`Idempotency-Key: ${key}`] }),
    status: 400,
    code: 'BadRequest',
    only: 'real cloud' as const,
  })),
];
