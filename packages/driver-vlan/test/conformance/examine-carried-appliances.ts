import type { ApplianceActual, ApplianceDesired, Clock } from '@gdcloud/core';
import {
  type Backend,
  type ConformanceReport,
  type ConformOptions,
  conform,
  ManualClock,
  MemoryDisk,
  type Subject,
} from '@gdcloud/core/testing';
import { createVlanDriver } from '@gdcloud/driver-vlan';
import {
  agentCarrier,
  type CommandRunner,
  findPrograms,
  PROGRAMS,
  type Sandbox,
  sandboxPorts,
  startSandbox,
} from '@gdcloud/driver-vlan/agent';
import { MemoryRecordFiles } from '@gdcloud/driver-vlan/testing';
import { CARRIED } from '../support/carried-network.js';
import { runnerThrough } from '../support/doors.js';
import { uuid } from '../support/fixtures.js';
import { wrappedFiles } from '../support/wrapped-files.js';

const FOLDER = '/plans';
const { signal } = new AbortController();

const FORWARDING: ApplianceDesired = {
  ...CARRIED,
  forwards: [
    {
      uuid: uuid(31),
      generation: 1,
      protocol: 'tcp',
      publicAddress: '203.0.113.11',
      publicStartPort: 2222,
      publicEndPort: 2222,
      privateAddress: '192.168.0.7',
      privateStartPort: 22,
    },
  ],
};

/** Lets the kit examine the driver of appliances as it carries networks, in namespaces of their own for each backend. */
export function examineCarriedAppliances(options?: ConformOptions): Promise<ConformanceReport> {
  return conform(carriedAppliances, options);
}

const GOES_ON =
  'A program can’t be refused once it is about to start: who pauses among those that take a network away goes on with them. The next look sees that it isn’t carried.';

const IN_MEMORY =
  'The appliance’s own files are in memory: a call to them that never ends is none that a signal could end. Programs end at it.';

const carriedAppliances: Subject<ApplianceDesired, ApplianceActual> = {
  name: 'vlan-appliances-carried',
  specs: {
    valid: [FORWARDING],
    changes: [
      [FORWARDING, { ...FORWARDING, forwards: [] }],
      [FORWARDING, { ...CARRIED, revision: 4, publicAddresses: [], outgoingAddress: null }],
    ],
    invalid: [
      { ...FORWARDING, revision: -1 },
      { ...FORWARDING, domain: 'not a domain; reboot' },
      { ...FORWARDING, gatewayIpv4Address: '192.168.1.1' },
    ],
    named: (name) => ({ ...FORWARDING, name }),
    apart: (desired, nth) => ({
      ...desired,
      segment: { ...desired.segment, id: desired.segment.id + nth },
    }),
  },
  waived: {
    'fence-paused-delete': GOES_ON,
    'fence-paused-quarantine': GOES_ON,
    'create-aborted': IN_MEMORY,
    'delete-aborted': IN_MEMORY,
    'list-aborted': IN_MEMORY,
    'abort-leaves-nothing-locked': IN_MEMORY,
  },
  backend: ({ clock }) => newBackend(clock),
};

function newBackend(clock: Clock): Backend<ApplianceDesired, ApplianceActual> {
  const disk = new MemoryDisk({ clock });
  disk.makeFolder(FOLDER);
  const machine = new SandboxedMachine();
  let state: 'up' | 'down' = 'up';
  const demandUp = (): void => {
    if (state === 'down') throw Object.assign(new Error('EIO: away'), { code: 'EIO' });
  };
  const files = wrappedFiles(new MemoryRecordFiles(disk), async (_call, _path, work) => {
    demandUp();
    return work();
  });
  let strangers = 0;
  return {
    open: (process) => {
      const runner = runnerThrough(process, machine.runner(demandUp));
      const driver = createVlanDriver(
        { folder: FOLDER },
        {
          files: process.io('record', files),
          random: process.random,
          carrier: agentCarrier({
            mode: 'sandboxed',
            open: async () => ({
              runner,
              ports: sandboxPorts(['physnet1'], ['outside']),
              close: () => {},
            }),
            nameServers: [],
            // The kit's time passes for its own calls: what goes on by the clock has stories of its own in test/crash-points.
            clock: new ManualClock(),
            auditEveryMs: 1000,
            metersFolder: '/run/meters',
            onAudit: () => {},
          }),
        },
      );
      process.atEnd(() => void driver.close());
      process.atRest(() => void driver.close());
      return driver.appliances;
    },
    // A record by its external id, or a namespace that has none; all else by its name.
    objects: async () => {
      const names = disk.names(FOLDER);
      const recorded = new Set(names.map((name) => `gd-${name.slice(0, 36)}`));
      const unrecorded = (await machine.namespaces()).filter((name) => !recorded.has(name));
      return [
        ...names.map((name) => name.replace(/^(.{36})(?:\.1|(\.\d+))$/, 'gd-$1$2')),
        ...unrecorded,
      ];
    },
    down: () => {
      state = 'down';
    },
    up: () => {
      state = 'up';
    },
    destroy: async (external) => {
      const [namespace = '', epoch = '1'] = external.split('.');
      await machine.ip('netns', 'delete', namespace);
      const folder = `${FOLDER}/${namespace.slice('gd-'.length)}.${epoch}`;
      for (const name of disk.names(folder)) disk.unlink(`${folder}/${name}`);
      disk.removeFolder(folder);
    },
    makeForeign: async () => {
      strangers += 1;
      const foreign = `gd-stranger-${strangers}`;
      await machine.ip('netns', 'add', foreign);
      return foreign;
    },
    close: () => machine.close(),
  };
}

/** A sandbox that is made when it is first needed. */
class SandboxedMachine {
  #starting: Promise<Sandbox> | undefined;
  #sandbox: Sandbox | undefined;

  /** Its runner; each call asks `demandUp` whether it may. */
  runner(demandUp: () => void): CommandRunner {
    const started = async (): Promise<CommandRunner> => {
      demandUp();
      return (await this.#started()).runner;
    };
    return {
      run: async (command, its) => (await started()).run(command, its),
      start: (command) => {
        if (this.#sandbox === undefined) throw new Error('nothing was asked of it before');
        return this.#sandbox.runner.start(command);
      },
      files: {
        read: async (path) => (await started()).files.read(path),
        write: async (path, text) => (await started()).files.write(path, text),
        remove: async (path) => (await started()).files.remove(path),
        list: async (folder) => (await started()).files.list(folder),
      },
    };
  }

  async namespaces(): Promise<readonly string[]> {
    if (this.#starting === undefined) return [];
    return (await this.#started()).runner.files.list('/run/netns');
  }

  async ip(...words: readonly string[]): Promise<void> {
    const { runner } = await this.#started();
    await runner.run({ program: 'ip', arguments: words }, signal);
  }

  async close(): Promise<void> {
    (await this.#starting)?.close();
  }

  #started(): Promise<Sandbox> {
    this.#starting ??= start().then((sandbox) => {
      this.#sandbox = sandbox;
      return sandbox;
    });
    return this.#starting;
  }
}

async function start(): Promise<Sandbox> {
  const as = process.getuid?.() === 0 ? 'root' : 'user';
  const sandbox = await startSandbox({ paths: await findPrograms(PROGRAMS), as }, signal);
  const words = ['link', 'add', 'name', 'outside', 'up', 'type', 'bridge'];
  await sandbox.runner.run({ program: 'ip', arguments: words }, signal);
  return sandbox;
}
