import t from 'tap';
import type { Resource } from '../../dist-ui/hypermedia/documents.js';
import {
  bySize,
  diskGbOf,
  freeName,
  keyName,
  keysOf,
  lastKeys,
  limitOf,
  usualImage,
  usualNetwork,
  usualOffering,
} from '../../dist-ui/panel/pages/servers/new-server.js';

function resource(fields: Partial<Resource>): Resource {
  return { id: '1', type: 'x', transitioning: 'no', links: {}, actions: {}, ...fields };
}

const SIZES = [
  resource({ name: '4gb-4cpu', ramSizeMb: 4_096, cpuCount: 4 }),
  resource({ name: '2gb-2cpu', ramSizeMb: 2_048, cpuCount: 2 }),
  resource({ name: '2gb-1cpu', ramSizeMb: 2_048, cpuCount: 1 }),
  resource({ name: '1gb-1cpu', ramSizeMb: 1_024, cpuCount: 1 }),
];

t.test('a new server has a name that no other has', async (t) => {
  t.equal(freeName('server', []), 'server-1');
  const taken = ['server-1', 'server-2', 'web'].map((name) => resource({ name }));
  t.equal(freeName('server', taken), 'server-3');
});

t.test('sizes are in the order of their memory, then of their processors', async (t) => {
  t.same(
    bySize(SIZES).map(({ name }) => name),
    ['1gb-1cpu', '2gb-1cpu', '2gb-2cpu', '4gb-4cpu'],
  );
});

t.test('the smallest size that is enough for most is chosen, else the smallest', async (t) => {
  t.equal(usualOffering(SIZES)?.name, '2gb-2cpu');
  t.equal(usualOffering(SIZES.slice(2))?.name, '1gb-1cpu');
  t.equal(usualOffering([]), undefined);
});

t.test('an image that is ready is chosen, and Linux before others', async (t) => {
  const windows = resource({ id: '1', osType: 'windows' });
  const linux = resource({ id: '2', osType: 'linux' });
  const coming = resource({ id: '3', osType: 'linux', transitioning: 'yes' });
  t.equal(usualImage([coming, windows, linux])?.id, '2');
  t.equal(usualImage([coming, windows])?.id, '1');
  t.equal(usualImage([coming])?.id, '3');
});

t.test(
  'the newest network that is ready is chosen; where there is none, one is to be made',
  async (t) => {
    const networks = [
      resource({ id: '9', transitioning: 'yes' }),
      resource({ id: '2' }),
      resource({ id: '10' }),
    ];
    t.equal(usualNetwork(networks)?.id, '10');
    t.equal(usualNetwork([]), undefined);
  },
);

t.test(
  'what a root disk is large is known of the image, or once its content is there',
  async (t) => {
    t.equal(diskGbOf(resource({ sizeGb: 10, virtualGb: 12 })), 10);
    t.equal(diskGbOf(resource({ sizeGb: null, virtualGb: 12 })), 12);
    t.equal(diskGbOf(undefined), undefined);
  },
);

t.test('a limit is told where the account has one', async (t) => {
  t.equal(limitOf(resource({ limits: { virtualmachines: 5 } }), 'virtualmachines'), 5);
  t.equal(limitOf(resource({ limits: {} }), 'virtualmachines'), undefined);
  t.equal(limitOf(undefined, 'virtualmachines'), undefined);
});

t.test(
  'keys of earlier servers are offered once each, and those of the last are chosen',
  async (t) => {
    const servers = [
      resource({ id: '2', sshKeys: ['b', 'a'] }),
      resource({ id: '1', sshKeys: ['a', 'c'] }),
      resource({ id: '10', sshKeys: [] }),
    ];
    t.same(keysOf(servers), ['b', 'a', 'c']);
    t.same(lastKeys(servers), ['b', 'a']);
    t.same(lastKeys([]), []);
  },
);

t.test('a key is called by its comment, else by its kind and its end', async (t) => {
  t.equal(keyName('ssh-ed25519 AAAAC3Nza anna at home'), 'anna at home');
  t.equal(keyName('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'), 'ssh-ed25519 …ZDI1NTE5');
});
