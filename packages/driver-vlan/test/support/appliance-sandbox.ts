import type { ApplianceDesired } from '@gdcloud/core';
import {
  compileProgram,
  elementChanges,
  type MachinePorts,
  type NetworkProgram,
  type NftCommands,
  parseAppliance,
  planSteps,
  planText,
  type UnwellServers,
} from '@gdcloud/driver-vlan';
import { DESIRED, uuid } from './fixtures.js';
import { type Conversation, NetworkSandbox, until } from './network-sandbox.js';

/** The name by which documents call the only uplink of a sandbox. */
const UPLINK = 'ext';
const PHYSICAL = [{ name: 'physnet1', kind: 'vlan', firstId: 1, lastId: 4094 }] as const;

/** A network with two servers, and what is outside: `inet` with 203.0.113.1, its router, and 203.0.113.250. */
export class ApplianceSandbox {
  readonly #sandbox: NetworkSandbox;
  #program: NetworkProgram;

  private constructor(sandbox: NetworkSandbox, program: NetworkProgram) {
    this.#sandbox = sandbox;
    this.#program = program;
  }

  /** Carries a network by the very steps of its plan. */
  static async start(desired: ApplianceDesired): Promise<ApplianceSandbox> {
    const document = parseAppliance(uuid(1), desired, PHYSICAL);
    const program = compileProgram(document);
    const sandbox = await NetworkSandbox.start();
    await sandbox.run(`
      ip link add name ${UPLINK} type bridge
      ip link set dev ${UPLINK} up
      ip netns add inet
      ip link add name inet type veth peer name eth0 netns inet
      ip link set dev inet master ${UPLINK} up
      ip -n inet address add 203.0.113.1/24 dev eth0
      ip -n inet address add 203.0.113.250/24 dev eth0
      ip -n inet link set dev eth0 up
      ip -n inet link set dev lo up`);
    await sandbox.run(planText(document, planSteps(program, sandboxPorts(program))));
    const appliance = new ApplianceSandbox(sandbox, program);
    for (const server of [1, 2]) await appliance.#addServer(server);
    return appliance;
  }

  // 192.168.0.11 and .12, on the segment's bridge.
  async #addServer(server: number): Promise<void> {
    await this.#sandbox.run(`
      bridge=$(ip -o link show type bridge | sed -n 's/^[0-9]*: \\(b[0-9a-f]*\\):.*/\\1/p')
      ip netns add vm${server}
      ip link add name vm${server} type veth peer name eth0 netns vm${server}
      ip link set dev vm${server} master $bridge up
      ip -n vm${server} link set dev eth0 address ${serverMac(server)} up
      ip -n vm${server} address add 192.168.0.1${server}/24 dev eth0
      ip -n vm${server} link set dev lo up
      ip -n vm${server} route add default via 192.168.0.1`);
  }

  /** Changes to another document, or other unwell servers, by one transaction; returns its commands. */
  async change(desired: ApplianceDesired, unwell?: UnwellServers): Promise<NftCommands> {
    const program = compileProgram(parseAppliance(uuid(1), desired, PHYSICAL), unwell);
    const commands = elementChanges(this.#program.elements, program.elements);
    await this.nft(commands.join('\n'));
    this.#program = program;
    return commands;
  }

  /** Runs nft in the appliance's namespace. */
  nft(input: string): Promise<string> {
    return this.run(this.#program.namespace, 'nft -f -', `${input}\n`);
  }

  run(namespace: string, script: string, input?: string): Promise<string> {
    return this.#sandbox.run(script, { namespace, input });
  }

  start(namespace: string, script: string): Conversation {
    return this.#sandbox.start(script, namespace);
  }

  /** The appliance's own namespace. */
  get namespace(): string {
    return this.#program.namespace;
  }

  /** Has a server answer each connection to a port by what a shell line prints, or says back. */
  async listen(namespace: string, port: number, answer: string): Promise<void> {
    this.start(namespace, `socat TCP-LISTEN:${port},fork,reuseaddr ${answer}`);
    await until(
      () => this.run(namespace, `ss -Hltn sport = :${port}`),
      (listening) => listening !== '',
    );
  }

  /** What a connection from outside, or from a server, is answered; empty when it is refused or nobody answers. */
  async ask(from: string, to: string, bind?: string): Promise<string> {
    const options = `connect-timeout=1${bind === undefined ? '' : `,bind=${bind}`}`;
    const script = `timeout 3 socat -T2 - TCP:${to},${options} </dev/null || true`;
    return (await this.run(from, script)).trim();
  }

  /** How many packets a counter of the firewall has counted. */
  async counted(counter: string): Promise<number> {
    const listed = await this.run(this.namespace, `nft list counter inet gd ${counter}`);
    return Number(/packets (\d+)/.exec(listed)?.[1]);
  }

  close(): void {
    this.#sandbox.close();
  }
}

/** The address of the card of a server of an {@link ApplianceSandbox}. */
export function serverMac(server: number): string {
  return `02:00:00:00:00:0${server}`;
}

/** A network with a public address, by which servers get out. */
export const OUTSIDE: ApplianceDesired = {
  ...DESIRED,
  publicAddresses: ['203.0.113.11', '203.0.113.12'].map((address, nth) => ({
    uuid: uuid(20 + nth),
    generation: 1,
    address,
    prefixLength: 24,
    gateway: '203.0.113.1',
    uplink: UPLINK,
  })),
  outgoingAddress: '203.0.113.11',
};

// No tags: a kernel that runs tests may have none.
function sandboxPorts({ tenant, uplinks }: NetworkProgram): MachinePorts {
  return {
    trunks: new Map([[tenant.segment.trunk, { by: 'bridges' }]]),
    uplinks: new Map(uplinks.map(({ uplink }) => [uplink, { by: 'bridge', bridge: uplink }])),
  };
}
