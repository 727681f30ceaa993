import type { ApplianceActual, ApplianceDesired, Clock, Driver } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import { createVlanDriver, type VlanDriver } from '@gdcloud/driver-vlan';
import {
  agentCarrier,
  type CommandRunner,
  findPrograms,
  PROGRAMS,
  type ProgramName,
  type RepairedPart,
  type RunningCommand,
  type Sandbox,
  sandboxPorts,
  startSandbox,
} from '@gdcloud/driver-vlan/agent';
import { MemoryRecordFiles } from '@gdcloud/driver-vlan/testing';
import { call, DESIRED, keyOf, uuid } from './fixtures.js';
import { until } from './network-sandbox.js';

const { signal } = new AbortController();

/**
 * A driver that carries network 1 in a sandbox, as it does in `full` mode: it can be started anew while the network goes
 * on. Outside is the namespace `inet`, 203.0.113.1; servers are `vm1`, 192.168.0.11, and so on.
 */
export class CarriedNetwork {
  readonly runner: CommandRunner;
  /** The network's namespace. */
  readonly namespace = `gd-${uuid(1)}`;
  audits = 0;
  /** What audits had to repair. */
  readonly repairs: RepairedPart[] = [];
  readonly #sandbox: Sandbox;
  readonly #clock: Clock;
  readonly #files: MemoryRecordFiles;
  #driver: VlanDriver;

  private constructor(sandbox: Sandbox, clock: Clock) {
    this.#sandbox = sandbox;
    this.runner = sandbox.runner;
    this.#clock = clock;
    this.#files = new MemoryRecordFiles(new MemoryDisk({ clock }));
    this.#driver = this.#newDriver();
  }

  static async start(desired: ApplianceDesired, clock: Clock): Promise<CarriedNetwork> {
    const paths = await findPrograms(PROGRAMS);
    const as = process.getuid?.() === 0 ? 'root' : 'user';
    const sandbox = await startSandbox({ paths, as }, signal);
    const network = new CarriedNetwork(sandbox, clock);
    await network.ip(`
      link add name outside type bridge
      link set dev outside up
      netns add inet
      link add name inet type veth peer name eth0 netns inet
      link set dev inet master outside up`);
    await network.ip(
      `address add 203.0.113.1/24 dev eth0
       link set dev eth0 up
       link set dev lo up`,
      'inet',
    );
    await network.#driver.appliances.create(keyOf(1), desired, call());
    return network;
  }

  /** The driver as the kernel has it. */
  get driver(): VlanDriver {
    return this.#driver;
  }

  get #appliances(): Driver<ApplianceDesired, ApplianceActual> {
    return this.#driver.appliances;
  }

  /** Ends the agent, and has another take over what is there. */
  restart(): void {
    void this.#driver.close();
    this.#driver = this.#newDriver();
  }

  #newDriver(): VlanDriver {
    const machine = {
      runner: this.runner,
      ports: sandboxPorts(['physnet1'], ['outside']),
      close: () => {},
    };
    const carrier = agentCarrier({
      mode: 'sandboxed',
      open: async () => machine,
      nameServers: [],
      clock: this.#clock,
      auditEveryMs: 1000,
      metersFolder: '/run/meters',
      onAudit: (_network, repairs) => {
        this.audits += 1;
        this.repairs.push(...repairs);
      },
    });
    return createVlanDriver({ folder: '/plans' }, { carrier, files: this.#files });
  }

  /** Changes to another document. */
  async change(desired: ApplianceDesired): Promise<void> {
    const change = { field: 'revision', desired: desired.revision, actual: 0 };
    await this.#appliances.update(keyOf(1), desired, change, call());
  }

  /** How the kernel sees it. */
  async observed(desired: ApplianceDesired): Promise<{
    readonly actual: ApplianceActual;
    readonly changes: readonly unknown[];
  }> {
    const seen = await this.#appliances.observe(keyOf(1), desired, call());
    if (seen.presence !== 'present') throw new Error('it is absent');
    return seen;
  }

  /** Runs lines of `ip`, in a namespace. */
  async ip(lines: string, namespace?: string): Promise<string> {
    const where = namespace === undefined ? [] : ['-n', namespace];
    const { exitCode, stdout, stderr } = await this.runner.run(
      { program: 'ip', arguments: [...where, '-batch', '-'], input: `${lines}\n` },
      signal,
    );
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  }

  /** What a program prints that runs in a namespace, however it ends. */
  async inside(namespace: string, ...words: readonly string[]): Promise<string> {
    const { stdout } = await this.runner.run(this.#entered(namespace, words), signal);
    return stdout.trim();
  }

  /** What a line of shell prints in a namespace that reads this, however it ends. */
  async answer(namespace: string, script: string, input?: Uint8Array): Promise<string> {
    const command = this.#entered(namespace, ['sh', '-c', script]);
    const { stdout } = await this.runner.run({ ...command, inputBytes: input }, signal);
    return stdout.trim();
  }

  #entered(
    namespace: string,
    words: readonly string[],
  ): { readonly program: ProgramName; readonly arguments: readonly string[] } {
    return { program: 'nsenter', arguments: [`--net=/run/netns/${namespace}`, ...words] };
  }

  /** Adds the server `vm<number>`. */
  async addServer(number: number): Promise<void> {
    const bridge = /\b(b[0-9a-f]{12}):/.exec(await this.ip('link show type bridge'))?.[1] ?? '';
    const name = `vm${number}`;
    await this.ip(`
      netns add ${name}
      link add name ${name} type veth peer name eth0 netns ${name}
      link set dev ${name} master ${bridge} up`);
    await this.ip(
      `link set dev eth0 up
       link set dev lo up
       address add 192.168.0.1${number}/24 dev eth0
       route add default via 192.168.0.1`,
      name,
    );
  }

  /** Has a namespace answer each connection to a port by what `socat` calls the other end. */
  async listen(namespace: string, port: number, answer: string): Promise<RunningCommand> {
    const words = ['socat', `TCP6-LISTEN:${port},fork,reuseaddr`, answer];
    const running = this.runner.start(this.#entered(namespace, words));
    await until(
      () => this.inside(namespace, 'ss', '-Hltn', `sport = :${port}`),
      (listening) => listening !== '',
    );
    return running;
  }

  /** Kills all that runs in a namespace. */
  async killAll(namespace: string): Promise<void> {
    const { stdout } = await this.runner.run(
      { program: 'ip', arguments: ['netns', 'pids', namespace] },
      signal,
    );
    const ids = stdout.split('\n').filter(Boolean);
    await this.runner.run({ program: 'kill', arguments: ['-KILL', ...ids] }, signal);
  }

  /** What a connection from outside is answered; empty where it isn't. */
  ask(to: string): Promise<string> {
    return this.inside('inet', 'socat', '-u', '-T2', `TCP:${to},connect-timeout=2`, '-');
  }

  close(): void {
    void this.#driver.close();
    this.#sandbox.close();
  }
}

/** A public address by which servers get out, `outside`. */
export const CARRIED: ApplianceDesired = {
  ...DESIRED,
  publicAddresses: [
    {
      uuid: uuid(20),
      generation: 1,
      address: '203.0.113.11',
      prefixLength: 24,
      gateway: '203.0.113.1',
      uplink: 'outside',
    },
  ],
  outgoingAddress: '203.0.113.11',
};
