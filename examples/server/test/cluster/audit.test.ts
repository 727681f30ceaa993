import t from 'tap';
import { audit } from './audit.js';
import { Ledger } from './ledger.js';
import type { Outside } from './outside.js';
import type { Inside, Row } from './rows.js';

const NETWORK = '01a20000-0000-7000-8000-000000000001';
const SERVER = '01a20000-0000-7000-8000-000000000002';
const VOLUME = '01a20000-0000-7000-8000-000000000003';
const NOBODY = '01a20000-0000-7000-8000-00000000000f';

function row(type: string, uuid: string, more: Partial<Row>): Row {
  return {
    uuid,
    type,
    id: '1',
    account: 'a',
    name: type,
    description: null,
    made: undefined,
    spec: {},
    status: {},
    deleteRequestedAt: null,
    ...more,
  };
}

const server = row('virtualmachine', SERVER, {
  made: 'virtualmachine-1',
  spec: { desiredState: 'running', networkId: NETWORK },
  status: { privateIpv4Address: '10.1.0.2', macAddress: '02:00:00:00:00:01' },
});
const ROWS: readonly Row[] = [
  row('network', NETWORK, { status: { segmentId: 100 } }),
  server,
  row('volume', VOLUME, { spec: { device: 0 } }),
];
const INSIDE: Inside = {
  rows: ROWS,
  owners: [{ owner: SERVER, what: 'address 10.1.0.2' }],
  capacity: [{ what: 'memory', used: 1024, claimed: 1024 }],
};
const OUTSIDE: Outside = {
  servers: [{ uuid: SERVER, name: 'virtualmachine', power: 'Running' }],
  disks: [{ uuid: VOLUME, name: 'volume' }],
  networks: [{ uuid: NETWORK, name: 'network' }],
  tags: [100, 100],
  files: [`${VOLUME}.vhd`],
  remains: [],
  records: [`${NETWORK}.1`],
  meters: [`gd-${NETWORK}.json`],
};

function ledgerOf(presence: 'present' | 'deleted'): Ledger {
  const ledger = new Ledger();
  const entry = ledger.add('virtualmachine', 0, undefined);
  ledger.made(entry, { id: '1', name: entry.token, description: null, desiredState: 'running' });
  entry.presence = presence;
  return ledger;
}

const PRESENT = ledgerOf('present').entries;

t.test('a cloud as it should be has no violations', async (t) => {
  t.same(audit(PRESENT, INSIDE, OUTSIDE), []);
});

const [vm] = OUTSIDE.servers;
if (vm === undefined) throw new Error('there is a server');

const BROKEN: readonly (readonly [string, Partial<Outside>, string])[] = [
  ['a server twice', { servers: [vm, vm] }, 'doubled'],
  ['a server of nobody', { servers: [vm, { ...vm, uuid: NOBODY }] }, 'leaked'],
  ['no server', { servers: [] }, 'lost'],
  ['a server that is off', { servers: [{ ...vm, power: 'Halted' }] }, 'stuck'],
  ['a disk of nobody', { disks: [...OUTSIDE.disks, { uuid: NOBODY, name: '' }] }, 'leaked'],
  ['a network twice', { networks: [...OUTSIDE.networks, ...OUTSIDE.networks] }, 'doubled'],
  ['a tag on one host only', { tags: [100] }, 'leaked'],
  ['a file of nobody', { files: [...OUTSIDE.files, `${NOBODY}.vhd`] }, 'leaked'],
  ['no file', { files: [] }, 'lost'],
  ['a half-written file', { remains: ['tmp/x'] }, 'leaked'],
  ["nobody's meters", { meters: [`gd-${NOBODY}.json`] }, 'leaked'],
  ['half-written meters', { meters: [`.gd-${NETWORK}.json.tmp`] }, 'leaked'],
  ['a record of nobody', { records: [...OUTSIDE.records, `${NOBODY}.1`] }, 'leaked'],
];

for (const [what, broken, kind] of BROKEN) {
  t.test(`${what} is found`, async (t) => {
    const found = audit(PRESENT, INSIDE, { ...OUTSIDE, ...broken });
    t.same(
      found.map((violation) => violation.kind),
      [kind],
      JSON.stringify(found),
    );
  });
}

t.test('what was acknowledged and is not in the database is found', async (t) => {
  const rows = ROWS.filter((each) => each !== server);
  const found = audit(PRESENT, { ...INSIDE, rows, owners: [] }, { ...OUTSIDE, servers: [] });
  t.same(
    found.map((violation) => violation.kind),
    ['lost'],
  );
});

t.test('a deletion that was acknowledged and did not last is found', async (t) => {
  t.match(audit(ledgerOf('deleted').entries, INSIDE, OUTSIDE), [{ kind: 'lost' }]);
});

t.test('what is on its way out may have lost its file, but no more than that', async (t) => {
  const rows = ROWS.map((each) =>
    each.uuid === VOLUME ? { ...each, deleteRequestedAt: '1' } : each,
  );
  t.same(audit(PRESENT, { ...INSIDE, rows }, { ...OUTSIDE, files: [], disks: [] }), []);
  const twice = [...OUTSIDE.files, ...OUTSIDE.files];
  t.match(audit(PRESENT, { ...INSIDE, rows }, { ...OUTSIDE, files: twice }), [{ kind: 'doubled' }]);
});

t.test('one request that made two is found', async (t) => {
  const twin = row('virtualmachine', NOBODY, { ...server, uuid: NOBODY, id: '2', status: {} });
  const found = audit(
    PRESENT,
    { ...INSIDE, rows: [...ROWS, twin] },
    { ...OUTSIDE, servers: [vm, { ...vm, uuid: NOBODY }] },
  );
  t.match(found, [{ kind: 'doubled', what: /one request/ }]);
});

t.test('one address of two servers is found', async (t) => {
  const twin = row('virtualmachine', NOBODY, { ...server, uuid: NOBODY, id: '2', made: 'x' });
  const found = audit(
    PRESENT,
    { ...INSIDE, rows: [...ROWS, twin] },
    { ...OUTSIDE, servers: [vm, { ...vm, uuid: NOBODY }] },
  );
  t.match(found, [
    { kind: 'doubled', what: /address in network/ },
    { kind: 'doubled', what: /MAC/ },
  ]);
});

t.test('what is kept for nobody is found', async (t) => {
  const owners = [{ owner: NOBODY, what: 'address 10.1.0.3' }];
  const capacity = [{ what: 'memory', used: 2048, claimed: 1024 }];
  t.match(audit(PRESENT, { ...INSIDE, owners, capacity }, OUTSIDE), [
    { kind: 'leaked', what: /10.1.0.3/ },
    { kind: 'leaked', what: /memory/ },
  ]);
});
