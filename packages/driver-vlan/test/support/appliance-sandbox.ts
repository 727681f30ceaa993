import type { ApplianceDesired } from '@gdcloud/core';
import {
  compileProgram,
  elementChanges,
  elementRepairs,
  elementSets,
  firewallLoad,
  forgetLines,
  type MachinePorts,
  type NetworkProgram,
  type NftCommands,
  observedElements,
  parseAppliance,
  partCounts,
  planSteps,
  planText,
  revokedFlows,
  trackedFlows,
  type UnwellServers,
} from '@gdcloud/driver-vlan';
import { DESIRED, uuid } from './fixtures.js';
import { type Conversation, NetworkSandbox, until } from './network-sandbox.js';
import { plainAddress } from './plain-address.js';

/** The names by which documents call the uplinks of a sandbox. */
const UPLINK = 'ext';
const OTHER_UPLINK = 'other';
const PHYSICAL = [{ name: 'physnet1', kind: 'vlan', firstId: 1, lastId: 4094 }] as const;

/**
 * A network with two servers, and what is outside: `inet` with 203.0.113.1, its router, and 203.0.113.250; on another
 * uplink `isp`, the router 198.51.100.1, behind which is 192.0.2.7. They don't know each other.
 */
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
      for pair in inet:${UPLINK} isp:${OTHER_UPLINK}; do
        name=\${pair%:*} bridge=\${pair#*:}
        ip link add name $bridge type bridge
        ip link set dev $bridge up
        ip netns add $name
        ip link add name $name type veth peer name eth0 netns $name
        ip link set dev $name master $bridge up
        ip -n $name link set dev eth0 up
        ip -n $name link set dev lo up
      done
      ip -n inet address add 203.0.113.1/24 dev eth0
      ip -n inet address add 203.0.113.250/24 dev eth0
      ip -n inet address add 2001:db8::1/64 dev eth0 nodad
      ip -n inet address add 2001:db8::250/64 dev eth0 nodad preferred_lft 0
      ip -n isp address add 198.51.100.1/24 dev eth0
      ip -n isp address add 192.0.2.7/32 dev lo`);
    await sandbox.run(planText(document, planSteps(program, sandboxPorts(program))));
    const appliance = new ApplianceSandbox(sandbox, program);
    for (const server of [1, 2]) await appliance.#addServer(server);
    return appliance;
  }

  // 192.168.0.11 and .12, on the segment's bridge; where there is IPv6, at the addresses of their cards too.
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
    const { ipv6 } = this.#program.names;
    if (ipv6 === null) return;
    await this.#sandbox.run(`
      ip -n vm${server} address add ${serverIpv6(server, ipv6.cidr)}/64 dev eth0 nodad
      ip -n vm${server} -6 route add default via ${ipv6.gateway}`);
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

  /** What an audit would have to put right: nothing, where all is read again as it was written. */
  async repairs(): Promise<NftCommands> {
    const { sets } = observedElements(await this.run(this.namespace, 'nft -j list ruleset'));
    return elementRepairs(sets, this.#program.elements);
  }

  /** Loads its whole program, whatever is loaded. */
  async load(): Promise<void> {
    await this.nft(firewallLoad(this.#program.elements, 'anything').join('\n'));
  }

  /** Loads the program of an earlier release, with those of the elements that it has sets for. */
  async loadEarlier(program: string): Promise<void> {
    const loaded = firewallLoad(this.#program.elements, 'anything').filter((line) => {
      const [, set] = /^(?:flush|add element) (.* \w+)(?: \{.*)?$/.exec(line) ?? [];
      const name = set?.split(' ').at(-1) ?? '';
      return set !== undefined && new RegExp(`^add (set|map) .* ${name} `, 'm').test(program);
    });
    await this.nft(`${program}${loaded.join('\n')}`);
  }

  /** The rules that are loaded, without what they count. */
  async chains(): Promise<string> {
    const listed = await this.run(this.namespace, 'nft -s list ruleset');
    return [...listed.matchAll(/^\tchain \w+ \{\n.*?^\t\}/gms)]
      .map(([text]) => text)
      .sort()
      .join('\n');
  }

  run(namespace: string, script: string, input?: string | Buffer): Promise<string> {
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
    this.start(namespace, `socat TCP6-LISTEN:${port},fork,reuseaddr ${answer}`);
    await until(
      () => this.run(namespace, `ss -Hltn sport = :${port}`),
      (listening) => listening !== '',
    );
  }

  /** What a connection is answered; empty when it is refused or nobody answers. */
  ask(from: string, to: string, bind?: string): Promise<string> {
    return this.#connect(from, to, bind, 2);
  }

  /** What a connection is answered that a counter of the firewall tells to be refused: empty, and there is no need to wait long. */
  async askInVain(counter: string, from: string, to: string, bind?: string): Promise<string> {
    const before = await this.counted(counter);
    const answer = await this.#connect(from, to, bind, 0.2);
    if (answer === '') await this.#counts(counter, before);
    return answer;
  }

  /** Pings, again and again, until a counter of the firewall has counted it; returns what the last one printed. */
  async pingInVain(counter: string, from: string, options: string): Promise<string> {
    const before = await this.counted(counter);
    return until(
      () => this.run(from, `ping -q -c 1 -W 0.2 ${options} || true`),
      async () => (await this.counted(counter)) > before,
    );
  }

  async #counts(counter: string, before: number): Promise<void> {
    await until(
      () => this.counted(counter),
      (count) => count > before,
    );
  }

  async #connect(
    from: string,
    to: string,
    bind: string | undefined,
    wait: number,
  ): Promise<string> {
    const options = `connect-timeout=${wait}${bind === undefined ? '' : `,bind=${bind}`}`;
    const script = `timeout 5 socat -T2 - TCP:${to},${options} </dev/null || true`;
    return plainAddress((await this.run(from, script)).trim());
  }

  /** Forgets the connections that the firewall cuts; returns how many kinds there were. */
  async forgetStaleFlows(): Promise<number> {
    const listing = await this.run(this.namespace, 'conntrack -L --any-nat -o extended');
    const sets = elementSets(this.#program.elements);
    const commands = forgetLines(revokedFlows(trackedFlows(listing), sets));
    await this.run(
      this.namespace,
      'cat | conntrack -R -',
      commands.map((line) => `${line}\n`).join(''),
    );
    return commands.length;
  }

  /** What the parts of the network have carried so far. */
  async carried(): Promise<ReturnType<typeof partCounts>> {
    const listing = await this.run(this.namespace, 'nft -j list ruleset');
    return partCounts(this.#program.elements, observedElements(listing));
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

/** The IPv6 address that the card of a server makes in a network. */
export function serverIpv6(server: number, cidr = 'fd12:3456:789a::/64'): string {
  return cidr.replace('/64', `ff:fe00:${server}`);
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

/** {@link OUTSIDE} with an address on the other uplink, and IPv6 inside and outside. */
export const WIDE: ApplianceDesired = {
  ...OUTSIDE,
  ipv6Cidr: 'fd12:3456:789a::/64',
  publicAddresses: [
    ...OUTSIDE.publicAddresses,
    {
      uuid: uuid(22),
      generation: 1,
      address: '198.51.100.9',
      prefixLength: 24,
      gateway: '198.51.100.1',
      uplink: OTHER_UPLINK,
    },
    {
      uuid: uuid(23),
      generation: 1,
      address: '2001:db8::11',
      prefixLength: 64,
      gateway: '2001:db8::1',
      uplink: UPLINK,
    },
  ],
};

// No tags: a kernel that runs tests may have none.
function sandboxPorts({ tenant, uplinks }: NetworkProgram): MachinePorts {
  return {
    trunks: new Map([[tenant.segment.trunk, { by: 'bridges' }]]),
    uplinks: new Map(uplinks.map(({ uplink }) => [uplink, { by: 'bridge', bridge: uplink }])),
  };
}
