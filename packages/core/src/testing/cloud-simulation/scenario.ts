import type { ResourceUuid } from '../../model/identity.js';
import type { JsonObject } from '../../model/json.js';
import type { Question } from './questions.js';

/** Whose requests they are. */
export type Tenant = 'alice' | 'bob';

/** One thing a user does. Names are the scenario's own; a body's `{ ref: name }` stands for that resource's id. */
export type Command =
  | {
      readonly do: 'create';
      readonly name: string;
      readonly type: string;
      readonly body: Body;
    }
  | { readonly do: 'update'; readonly name: string; readonly body: Body }
  | {
      readonly do: 'act';
      readonly name: string;
      readonly action: string;
      /** What it is told; nothing where it is left out. */
      readonly input?: Body | undefined;
      /** The desired fields it changes; `null` for any value. */
      readonly fields: JsonObject;
    }
  | { readonly do: 'remove'; readonly name: string }
  /** Waits until the resource is as asked, or for `atMostMs`. */
  | { readonly do: 'wait'; readonly name: string; readonly atMostMs: number }
  /** Waits until somebody has created it. */
  | { readonly do: 'expect'; readonly name: string }
  /** Asks something and does not mind the answer. */
  | { readonly do: 'ask'; readonly question: Question }
  | { readonly do: 'pause'; readonly ms: number };

/** A request body; `{ ref }` in it, or in a list in it, stands for an id. */
export type Body = JsonObject;

/** What one user does, one thing after another. */
export interface Script {
  readonly tenant: Tenant | 'administrator';
  readonly commands: readonly Command[];
}

/** A small story of a cloud. */
export interface Scenario {
  readonly name: string;
  readonly hosts: number;
  readonly hostMemoryMb: number;
  /** Default: one. */
  readonly shares?: 'one' | 'two' | undefined;
  readonly scripts: readonly Script[];
  /** Told less often than others: it is long. */
  readonly seldom?: 'yes' | undefined;
}

/** Finds the uuid that stands for a name of a scenario. */
export type Names = (name: string) => ResourceUuid;

const LINUX_IMAGE = '1';
const LONG = 120_000;

/** Asks for a network. */
export function network(name: string): Command {
  return { do: 'create', name, type: 'network', body: { ipv4Cidr: '10.0.0.0/28' } };
}

/** Asks for a server in a network of the scenario. */
export function server(name: string, networkName: string, offering = '1gb-1cpu'): Command {
  return {
    do: 'create',
    name,
    type: 'virtualmachine',
    body: { offering, imageId: LINUX_IMAGE, networkId: { ref: networkName } },
  };
}

/** A secret in what servers with keys are told; nobody but their guests may read it. */
export const PASSWORD = 'simulated-password-of-a-guest';

/** Asks for a server that is told something at its first boot. */
export function serverWithKeys(name: string, networkName: string): Command {
  return {
    do: 'create',
    name,
    type: 'virtualmachine',
    body: {
      offering: '1gb-1cpu',
      imageId: LINUX_IMAGE,
      networkId: { ref: networkName },
      sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI simulated'],
      userData: `#cloud-config\npassword: ${PASSWORD}\n`,
    },
  };
}

function volume(name: string): Command {
  return { do: 'create', name, type: 'volume', body: { sizeGb: 2 } };
}

function snapshot(name: string, serverName: string): Command {
  return {
    do: 'create',
    name,
    type: 'snapshot',
    body: { virtualmachineId: { ref: serverName } },
  };
}

function snapshotOf(name: string, volumeName: string): Command {
  return { do: 'create', name, type: 'snapshot', body: { volumeId: { ref: volumeName } } };
}

function copy(name: string, snapshotName: string): Command {
  return { do: 'create', name, type: 'volume', body: { snapshotId: { ref: snapshotName } } };
}

const grow = (name: string, sizeGb: number): Command => ({
  do: 'act',
  name,
  action: 'resize',
  input: { sizeGb },
  fields: { sizeGb },
});
const restore = (name: string, snapshotName: string): Command => ({
  do: 'act',
  name,
  action: 'restore',
  input: { snapshotId: { ref: snapshotName } },
  fields: { restores: null, restoredFromId: null },
});

const replace = (name: string, uploadId: string): Command => ({
  do: 'act',
  name,
  action: 'replace',
  input: { uploadId },
  fields: { contents: null, uploadId: null },
});

/** Asks for a server to be stopped. */
export const stop = (name: string): Command => ({
  do: 'act',
  name,
  action: 'stop',
  fields: { desiredState: 'stopped' },
});
/** Asks for a server to be started. */
export const start = (name: string): Command => ({
  do: 'act',
  name,
  action: 'start',
  fields: { desiredState: 'running' },
});
/** Asks for a server to be started anew. */
export const restart = (name: string): Command => ({
  do: 'act',
  name,
  action: 'restart',
  fields: { restarts: null },
});
/** Asks for a volume to be put into a server. */
export const attach = (name: string, serverName: string, device?: number): Command => ({
  do: 'act',
  name,
  action: 'attach',
  input: { virtualmachineId: { ref: serverName }, ...(device === undefined ? {} : { device }) },
  fields: { virtualmachineId: null, device: null },
});
/** Asks for a volume to be taken out of its server. */
export const detach = (name: string): Command => ({
  do: 'act',
  name,
  action: 'detach',
  fields: { virtualmachineId: null, device: null },
});
/** Asks for a server of another size. */
export const resize = (name: string, offering: string): Command => ({
  do: 'act',
  name,
  action: 'resize',
  input: { offering },
  fields: { offering },
});
/** Asks for a removal. */
export const remove = (name: string): Command => ({ do: 'remove', name });
/** Waits until something is as asked. */
export const wait = (name: string, atMostMs = LONG): Command => ({ do: 'wait', name, atMostMs });
/** Waits until somebody has created something. */
export const expect = (name: string): Command => ({ do: 'expect', name });
/** Lets time pass. */
export const pause = (ms: number): Command => ({ do: 'pause', ms });

// Changes at many moments of the passes that other changes have caused, each pair for itself.
const renamings = (name: string, author: string, gaps: readonly number[]): readonly Command[] =>
  gaps.flatMap((ms) => [
    { do: 'update', name, body: { name: `${author} before ${ms}` } },
    pause(ms),
    { do: 'update', name, body: { name: `${author} after ${ms}` } },
    pause(2_500),
  ]);

/** The stories that are told to the simulator, from light to heavy. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a network comes and goes',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          wait('net'),
          { do: 'update', name: 'net', body: { name: 'renamed' } },
          wait('net'),
          remove('net'),
        ],
      },
    ],
  },
  {
    name: 'a volume of its own',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'bob',
        commands: [volume('disk'), wait('disk'), remove('disk')],
      },
    ],
  },
  {
    name: 'a server’s whole life',
    hosts: 2,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          server('vm', 'net'),
          wait('vm'),
          restart('vm'),
          wait('vm'),
          stop('vm'),
          wait('vm'),
          start('vm'),
          restart('vm'),
          wait('vm'),
          remove('vm'),
          wait('vm'),
          remove('net'),
        ],
      },
    ],
  },
  {
    name: 'a user who changes his mind',
    hosts: 2,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          server('vm', 'net'),
          pause(15),
          stop('vm'),
          pause(25),
          { do: 'update', name: 'vm', body: { offering: '2gb-2cpu' } },
          start('vm'),
          restart('vm'),
          pause(40),
          { do: 'update', name: 'vm', body: { offering: '1gb-2cpu' } },
          pause(20),
          remove('vm'),
          remove('net'),
        ],
      },
    ],
  },
  {
    name: 'two editors of one server',
    hosts: 2,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          server('vm', 'net'),
          stop('vm'),
          pause(5),
          start('vm'),
          pause(5),
          stop('vm'),
        ],
      },
      {
        tenant: 'alice',
        commands: [
          expect('vm'),
          { do: 'update', name: 'vm', body: { offering: '2gb-2cpu' } },
          pause(3),
          { do: 'update', name: 'vm', body: { name: 'second name' } },
          { do: 'update', name: 'vm', body: { offering: '1gb-2cpu' } },
          pause(3),
          { do: 'update', name: 'vm', body: { offering: '2gb-4cpu' } },
        ],
      },
    ],
  },
  {
    name: 'two tenants and room for one',
    hosts: 1,
    hostMemoryMb: 1_024,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net-a'),
          server('vm-a', 'net-a'),
          wait('vm-a', 5_000),
          remove('vm-a'),
          remove('net-a'),
        ],
      },
      {
        tenant: 'bob',
        commands: [network('net-b'), server('vm-b', 'net-b'), wait('vm-b')],
      },
    ],
  },
  {
    name: 'two servers in one network',
    hosts: 2,
    hostMemoryMb: 2_048,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          serverWithKeys('vm-1', 'net'),
          restart('vm-1'),
          wait('vm-1'),
          remove('vm-1'),
        ],
      },
      {
        tenant: 'alice',
        commands: [expect('net'), server('vm-2', 'net'), wait('vm-2'), restart('vm-2')],
      },
    ],
  },
  {
    name: 'wishes taken back at once',
    hosts: 2,
    hostMemoryMb: 2_048,
    scripts: [
      {
        tenant: 'alice',
        commands: [network('net'), pause(10), remove('net'), network('net-2'), remove('net-2')],
      },
      {
        tenant: 'bob',
        commands: [volume('disk'), remove('disk'), volume('disk-2'), pause(18), remove('disk-2')],
      },
      {
        tenant: 'alice',
        commands: [network('net-3'), serverWithKeys('vm', 'net-3'), pause(60), remove('vm')],
      },
    ],
  },
  {
    name: 'a user who can’t leave it alone',
    seldom: 'yes',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          wait('net'),
          ...renamings('net', 'alice', [4, 8, 12, 16, 20, 24, 28, 32]),
        ],
      },
      {
        tenant: 'alice',
        commands: [network('other'), ...renamings('other', 'she', [6, 10, 14, 18, 22, 26, 30])],
      },
      {
        tenant: 'bob',
        commands: [
          network('net-b'),
          server('vm', 'net-b'),
          wait('vm'),
          ...[1, 2, 3, 4].flatMap(() => [restart('vm'), wait('vm', 20_000)]),
        ],
      },
    ],
  },
  {
    name: 'a disk that wanders',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          server('vm-1', 'net'),
          server('vm-2', 'net'),
          volume('data'),
          attach('data', 'vm-1'),
          wait('data'),
          detach('data'),
          attach('data', 'vm-2', 2),
          wait('data'),
          remove('vm-2'),
          wait('data'),
          pause(40),
          attach('data', 'vm-1', 5),
          wait('data'),
          detach('data'),
          remove('data'),
          wait('data'),
        ],
      },
      {
        tenant: 'alice',
        commands: [
          expect('vm-1'),
          volume('more'),
          attach('more', 'vm-1', 2),
          pause(35),
          restart('vm-1'),
          wait('more'),
          stop('vm-1'),
          detach('more'),
          wait('more'),
          attach('more', 'vm-1'),
          start('vm-1'),
        ],
      },
    ],
  },
  {
    name: 'a server and its snapshots',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          server('vm', 'net'),
          snapshot('early', 'vm'),
          wait('early'),
          snapshot('late', 'vm'),
          remove('early'),
          wait('late'),
          pause(30_000),
          remove('late'),
        ],
      },
      // Refused as long as there is a snapshot.
      { tenant: 'alice', commands: [expect('late'), remove('vm'), wait('vm')] },
    ],
  },
  {
    name: 'a volume and its snapshots',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          volume('disk'),
          snapshotOf('early', 'disk'),
          wait('early'),
          replace('disk', 'letters'),
          wait('disk'),
          grow('disk', 3),
          snapshotOf('late', 'disk'),
          copy('copy', 'late'),
          wait('copy'),
          restore('disk', 'early'),
          remove('early'),
          wait('early'),
          remove('late'),
          remove('disk'),
        ],
      },
      // Gone before it is taken, or while it is.
      {
        tenant: 'alice',
        commands: [
          volume('other'),
          wait('other'),
          snapshotOf('briefest', 'other'),
          remove('briefest'),
          snapshotOf('briefer', 'other'),
          pause(30),
          remove('briefer'),
          snapshotOf('brief', 'other'),
          pause(45),
          remove('brief'),
          { do: 'act', name: 'other', action: 'snapshot', fields: {} },
        ],
      },
    ],
  },
  {
    name: 'a volume that is restored outside of its server',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          server('vm', 'net'),
          volume('data'),
          snapshotOf('early', 'data'),
          attach('data', 'vm'),
          wait('data'),
          snapshotOf('running', 'data'),
          grow('data', 4),
          restart('vm'),
          wait('running'),
          wait('vm'),
          // Whoever is quick asks while its server has it still.
          detach('data'),
          snapshotOf('hasty', 'data'),
          wait('hasty'),
          attach('data', 'vm'),
          wait('data'),
          detach('data'),
          restore('data', 'early'),
          attach('data', 'vm', 4),
          wait('data'),
          snapshotOf('brief', 'data'),
          pause(25),
          remove('brief'),
          copy('copy', 'running'),
          // Whoever had no patience for a snapshot gets it now.
          detach('data'),
        ],
      },
      { tenant: 'alice', commands: [expect('hasty'), pause(40_000), restart('vm')] },
    ],
  },
  {
    name: 'a server of many sizes',
    hosts: 1,
    hostMemoryMb: 3_072,
    scripts: [
      {
        tenant: 'alice',
        commands: [
          network('net'),
          server('vm', 'net', '2gb-2cpu'),
          wait('vm'),
          resize('vm', '1gb-1cpu'),
          wait('vm'),
          server('other', 'net'),
          restart('vm'),
          wait('vm'),
          wait('other'),
          resize('vm', '2gb-4cpu'),
          pause(20),
          stop('vm'),
          wait('vm'),
          resize('vm', '1gb-2cpu'),
          start('vm'),
          wait('vm'),
        ],
      },
    ],
  },
  {
    name: 'a tenant who reaches for what is not his',
    hosts: 1,
    hostMemoryMb: 8_192,
    scripts: [
      { tenant: 'alice', commands: [network('net'), wait('net')] },
      {
        tenant: 'bob',
        commands: [
          expect('net'),
          server('vm', 'net'),
          { do: 'update', name: 'net', body: { name: 'mine now' } },
          remove('net'),
        ],
      },
    ],
  },
];
