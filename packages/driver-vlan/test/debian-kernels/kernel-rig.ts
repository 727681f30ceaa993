import { type CommandRunner, machinePorts } from '@gdcloud/driver-vlan/agent';
import { OrderedAgent } from '../open-vswitch/ordered-agent.js';
import { OUTSIDE_ADDRESSES, type RigMachine, TenantRig } from '../open-vswitch/tenant-rig.js';
import { SERVERS, type Server } from '../open-vswitch/tenants.js';
import { Conversation } from '../support/network-sandbox.js';
import { GuestMachine, type Kernel } from './guest-machine.js';
import { guestRunner, startInGuest } from './guest-runner.js';
import type { SerialLine } from './serial-line.js';

/** The machine's ports: everything that the kernel does by itself. */
const PORTS = machinePorts({
  trunks: [
    { name: 'physnet1', by: 'kernel', device: 'trunk' },
    { name: 'physnet2', by: 'kernel', device: 'provider' },
    { name: 'physnet3', by: 'kernel', device: 'underlay' },
  ],
  uplinks: [
    { name: 'ext', by: 'bridge', device: 'out' },
    { name: 'wan', by: 'macvlan', device: 'wan' },
  ],
});

const PHYSICAL = [
  { name: 'physnet1', kind: 'vlan', firstId: 101, lastId: 103 },
  { name: 'physnet2', kind: 'qinq', firstId: 1, lastId: 4094 },
  { name: 'physnet3', kind: 'vxlan', firstId: 5000, lastId: 5999 },
] as const;

/** Where VXLAN sends what everyone is to hear, unless an appliance is told otherwise. */
const GROUP = '239.103.100.1';

/** The outer tag of all networks on `provider`. */
export const OUTER_TAG = 200;

/**
 * Networks on a kernel of Debian's. The switch is a bridge that filters VLANs, in a namespace of its own, `rack`; from it
 * `trunk` leads to the appliance, which is the guest itself. `provider` leads to servers with two tags, `underlay` to
 * servers with VXLAN. `out` is a bridge that leads outside, and so does `wan`, a card. The agent runs here, its programs
 * in the guest.
 */
export class KernelRig extends TenantRig {
  readonly runner: CommandRunner;
  readonly agent: OrderedAgent;

  private constructor(machine: RigMachine, runner: CommandRunner) {
    super(machine);
    this.runner = runner;
    this.agent = this.newAgent();
  }

  static async start(kernel: Kernel): Promise<KernelRig> {
    const guest = await GuestMachine.start(kernel);
    const rig = new KernelRig(machineOf(guest), guestRunner(guest.line));
    await rig.machine.run(TOPOLOGY);
    return rig;
  }

  /** Another agent on the same machine. `runner`: its programs, if they are to fail. */
  newAgent(runner: CommandRunner = this.runner): OrderedAgent {
    return new OrderedAgent({ runner, ports: PORTS }, PHYSICAL);
  }

  async addOutside(name: string, address: string): Promise<void> {
    await this.machine.run(outside(name, [address]));
  }

  /** Puts a server behind two tags, OUTER_TAG and another. */
  async addTaggedTwice(name: string, innerTag: number, address: string): Promise<void> {
    await this.#addServer(name, address, [
      `link add link service name ${name} type vlan id ${innerTag}`,
    ]);
  }

  /** Puts a server into a VXLAN. */
  async addTunnelled(name: string, id: number, address: string): Promise<void> {
    await this.#addServer(name, address, [
      `link add name ${name} type vxlan id ${id} dev underlay group ${GROUP} dstport 4789`,
    ]);
  }

  async #addServer(name: string, address: string, made: readonly string[]): Promise<void> {
    await this.machine.run(
      [
        ip(undefined, [`netns add ${name}`]),
        ip('rack', [...made, `link set dev ${name} netns ${name} name eth0`]),
        ip(name, serverLines(address)),
      ].join('\n'),
    );
  }

  remains(): Promise<string> {
    return this.machine.run(`
      # The device of an outer tag is for all that come.
      ip -br link | sed 's/[@ ].*//' | grep -v '^o[0-9a-f]\\{12\\}$' | sort
      ls /run/netns
      for process in /proc/[0-9]*; do
        # Children of the second are the kernel's own. Who talked in a flow that was cut does not know.
        if read -r id name state parent rest <$process/stat && [ $parent != 2 ]; then echo $name; fi
      done 2>/dev/null | grep -vx '(socat)\\|(cat)\\|(dash)\\|(sort)\\|(grep)' | sort
      find /run -name netns -prune -o '(' ! -type d -o -name 'gd-*' ')' -print | sort`);
  }
}

/** A guest as a place where shell scripts run. */
function machineOf(guest: GuestMachine): RigMachine {
  const { line } = guest;
  return {
    run: (script, where) => runScript(line, entered(script, where?.namespace), where?.input ?? ''),
    start: (script, namespace) =>
      new Conversation(startInGuest(line, entered(`exec ${script}`, namespace))),
    close: () => guest.stop(),
  };
}

function runScript(
  line: SerialLine,
  words: readonly string[],
  input: string | Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    let complaint = '';
    const id = line.start(words, {
      output: (text) => {
        printed += text;
      },
      complaint: (text) => {
        complaint += text;
      },
      ended: (how) => {
        if (how === 0) resolve(printed);
        else reject(new Error(`${words.at(-1)?.slice(0, 300)}: ${how}: ${complaint}`));
      },
    });
    line.write(id, input);
    line.close(id);
  });
}

function entered(script: string, namespace: string | undefined): readonly string[] {
  const shell = ['dash', '-ec', script];
  return namespace === undefined ? shell : ['nsenter', `--net=/run/netns/${namespace}`, ...shell];
}

/** A start of `ip` for many lines: a start costs twenty milliseconds here. */
function ip(namespace: string | undefined, lines: readonly string[]): string {
  const where = namespace === undefined ? '' : `-n ${namespace}`;
  return `ip ${where} -batch - <<'END'\n${lines.join('\n')}\nEND`;
}

function outside(name: string, addresses: readonly string[]): string {
  return [
    ip(undefined, [
      `netns add ${name}`,
      `link add name p-${name} type veth peer name eth0 netns ${name}`,
      `link set dev p-${name} master out up`,
    ]),
    ip(name, [
      'link set dev lo up',
      'link set dev eth0 up',
      ...addresses.map((address) => `address add ${address} dev eth0`),
    ]),
  ].join('\n');
}

function serverLines(address: string): readonly string[] {
  return [
    'link set dev lo up',
    `address add ${address}/24 dev eth0`,
    'link set dev eth0 up',
    'route add default via 10.0.0.1',
  ];
}

function accessPort({ name, macAddress, address }: Server): string {
  return ip(name, [`link set dev eth0 address ${macAddress}`, ...serverLines(address)]);
}

const TOPOLOGY = [
  ip(undefined, [
    'netns add rack',
    ...SERVERS.map(({ name }) => `netns add ${name}`),
    ...['trunk', 'provider', 'underlay'].flatMap((name) => [
      `link add name ${name} type veth peer name ${name} netns rack`,
      `link set dev ${name} up`,
    ]),
    'address add 192.0.2.1/24 dev underlay',
    'link add name out type bridge',
    'link set dev out up',
    'link add name wan type veth peer name p-wan',
    'link set dev wan up',
    'link set dev p-wan master out up',
  ]),
  ip('rack', [
    'link add name sw type bridge vlan_filtering 1 vlan_default_pvid 0',
    'link set dev sw up',
    'link set dev trunk master sw up',
    ...SERVERS.flatMap(({ name }) => [
      `link add name ${name} type veth peer name eth0 netns ${name}`,
      `link set dev ${name} master sw up`,
    ]),
    'link set dev provider up',
    `link add link provider name service type vlan proto 802.1ad id ${OUTER_TAG}`,
    'link set dev service up',
    'address add 192.0.2.2/24 dev underlay',
    'link set dev underlay up',
  ]),
  `bridge -n rack -batch - <<'END'
vlan add dev trunk vid 101-103
${SERVERS.map(({ name, vlan }) => `vlan add dev ${name} vid ${vlan} pvid untagged`).join('\n')}
END`,
  ...SERVERS.map(accessPort),
  outside('inet', OUTSIDE_ADDRESSES),
].join('\n');
