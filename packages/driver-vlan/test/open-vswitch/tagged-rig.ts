import { NetworkSandbox, skipWithoutSandbox } from '../support/network-sandbox.js';
import { AgentProcess } from './agent-process.js';
import {
  hostScript,
  START_SWITCH,
  START_WHOLE_SWITCH,
  SWITCH_FOLDER,
  serverScript,
} from './switch-scripts.js';
import { OUTSIDE_ADDRESSES, TenantRig } from './tenant-rig.js';
import { SERVERS } from './tenants.js';

/** Why the tests on tagged frames can't run here, if they can't. */
export function skipWithoutTags(): string | false {
  const programs = ['ovs-vswitchd', 'ovsdb-server', 'ovs-vsctl', 'ethtool', 'tcpdump'];
  const talkers = ['socat', 'ping', 'ss', 'busybox', 'dnsmasq', 'wg', 'wireguard-go', 'haproxy'];
  return skipWithoutSandbox(...programs, ...talkers);
}

/**
 * Real 802.1Q on any kernel: an Open vSwitch of its own with the datapath `netdev`. `sw` is the switch of a rack, with an
 * access port for each server; `ap` is on the appliance, and the link between the two, `tr-sw` to `tr-ap`, carries tags.
 * `out` leads outside, to `inet` with 203.0.113.1, its router, and 203.0.113.250. The agent, in a process of its own,
 * carries networks as on a machine of the mode `full`. All of it ends with this process.
 */
export class TaggedRig extends TenantRig {
  readonly #sandbox: NetworkSandbox;
  #agent: AgentProcess;

  private constructor(sandbox: NetworkSandbox, agent: AgentProcess) {
    super(sandbox);
    this.#sandbox = sandbox;
    this.#agent = agent;
  }

  static async start(): Promise<TaggedRig> {
    const sandbox = await NetworkSandbox.start();
    await sandbox.run(SWITCHES);
    await sandbox.run(
      [hostScript('inet', 'out', undefined, OUTSIDE_ADDRESSES)]
        .concat(SERVERS.map(serverScript))
        .join('\n'),
    );
    return new TaggedRig(sandbox, await AgentProcess.start(sandbox));
  }

  /** The agent that runs now. */
  get agent(): AgentProcess {
    return this.#agent;
  }

  /** Starts another agent in the place of the one that was ended, or killed. */
  async startAgent(): Promise<void> {
    this.#agent = await AgentProcess.start(this.#sandbox);
  }

  /** Puts another machine on the outside network. */
  async addOutside(name: string, address: string): Promise<void> {
    await this.#sandbox.run(hostScript(name, 'out', undefined, [address]));
  }

  /** Kills the switch, and starts it anew. */
  async restartSwitch(): Promise<void> {
    await this.#sandbox.run(`
      read -r id <${SWITCH_FOLDER}/ovs-vswitchd.pid
      kill -KILL $id
      # Its words go before the lock of its pidfile, which the next one needs.
      while kill -0 $id 2>/dev/null; do :; done
      ${START_SWITCH}`);
  }

  /** Connects an access port of VLAN 101 with one of VLAN 102, by a cable, as somebody may by mistake. */
  async plugTogether(): Promise<void> {
    await this.#sandbox.run(`
      ip link add name cable-a type veth peer name cable-b
      ip link set dev cable-a up
      ip link set dev cable-b up
      ovs-vsctl add-port sw cable-a tag=101 -- add-port sw cable-b tag=102`);
  }

  /** Takes that cable away again. */
  async unplug(): Promise<void> {
    await this.#sandbox.run('ovs-vsctl del-port cable-a -- del-port cable-b; ip link del cable-a');
  }

  /** The ports of one of the three bridges. */
  async portsOf(bridge: 'sw' | 'ap' | 'out'): Promise<readonly string[]> {
    return (await this.#sandbox.run(`ovs-vsctl list-ports ${bridge}`)).split('\n').filter(Boolean);
  }

  /** All that networks could leave behind: devices, ports of switches, namespaces, processes and files. */
  remains(): Promise<string> {
    return this.#sandbox.run(`
      ip -br link | sed 's/[@ ].*//' | sort
      for bridge in sw ap out; do ovs-vsctl list-ports $bridge; done
      ls /run/netns
      # What has just ended may have a name still, but no words. Who talked in a flow that was cut does not know.
      set -- /proc/[0-9]*
      for process; do
        if [ -n "$(tr -d '\\0' <$process/cmdline || true)" ]; then cat $process/comm || true; fi
      done 2>/dev/null | grep -vx 'socat\\|cat' | sort
      find /run -name openvswitch -prune -o -name netns -prune -o '(' ! -type d -o -name 'gd-*' ')' -print | sort`);
  }
}

const SWITCHES = `
  ${START_WHOLE_SWITCH}
  ip link add name tr-sw type veth peer name tr-ap
  ip link set dev tr-sw up
  ip link set dev tr-ap up
  ovs-vsctl add-br sw -- set bridge sw datapath_type=netdev -- add-port sw tr-sw trunks=101,102,103 \\
    -- add-br ap -- set bridge ap datapath_type=netdev -- add-port ap tr-ap trunks=101,102,103 \\
    -- add-br out -- set bridge out datapath_type=netdev`;
