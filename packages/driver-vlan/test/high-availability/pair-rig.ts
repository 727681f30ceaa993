import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HighAvailabilitySettings } from '@gdcloud/driver-vlan';
import { START_WHOLE_SWITCH, serverScript } from '../open-vswitch/switch-scripts.js';
import { networkOf, SERVERS } from '../open-vswitch/tenants.js';
import { type Conversation, NetworkSandbox, until } from '../support/network-sandbox.js';
import { Appliance } from './appliance.js';
import { LockServer } from './lock-server.js';

/** The two of a pair. */
export type Which = 'ap1' | 'ap2';
export const BOTH: readonly Which[] = ['ap1', 'ap2'];

/** A frame as it came from an appliance, by the kernel's clock. */
export interface HeardFrame {
  /** Seconds. */
  readonly at: number;
  readonly from: Which;
  readonly sender: string;
}

/** The session of the lock service: who is silent for as long has lost its locks. */
export const SESSION_MS = 1_000;

/**
 * Two appliances of a pair on the ports of one rack. Servers are on `sw`, which tags, and that on `core`, on which both
 * appliances are, as both are on `out` with `inet`. These two are bridges of the kernel's: they learn where an address is
 * from each frame, as switches of hardware do; Open vSwitch goes on sending a running flow to where it was for half a second.
 * On `beats` they hear each other alone. Each other port of the appliances is listened to. Both carry the network of tenant `a`.
 */
export class PairRig {
  readonly rack: NetworkSandbox;
  readonly locks: LockServer;
  readonly ap1: Appliance;
  readonly ap2: Appliance;
  readonly #folder: string;
  readonly #settings: (name: Which) => HighAvailabilitySettings;
  readonly #captures: readonly { readonly from: Which; readonly talk: Conversation }[];

  private constructor(
    parts: Pick<PairRig, 'rack' | 'locks' | 'ap1' | 'ap2'>,
    folder: string,
    settings: (name: Which) => HighAvailabilitySettings,
    captures: PairRig['captures'],
  ) {
    this.rack = parts.rack;
    this.locks = parts.locks;
    this.ap1 = parts.ap1;
    this.ap2 = parts.ap2;
    this.#folder = folder;
    this.#settings = settings;
    this.#captures = captures;
  }

  /** Of machines whose agents are somebody else's to start. */
  static async wired(settings: (name: Which) => HighAvailabilitySettings): Promise<PairRig> {
    const folder = mkdtempSync(join(tmpdir(), 'pair-'));
    const locks = await LockServer.start(join(folder, 'locks'), SESSION_MS);
    const rack = await NetworkSandbox.start();
    await rack.run(RACK);
    const [ap1, ap2] = await Promise.all([applianceAt(rack, 'ap1'), applianceAt(rack, 'ap2')]);
    const captures = await Promise.all(
      BOTH.flatMap((from) =>
        ['tr', 'wan'].map(async (card) => ({ from, talk: await listen(rack, `${card}-${from}`) })),
      ),
    );
    return new PairRig({ rack, locks, ap1, ap2 }, folder, settings, captures);
  }

  /** With `ap1` active and `ap2` ready. */
  static async start(settings: (name: Which) => HighAvailabilitySettings): Promise<PairRig> {
    const rig = await PairRig.wired(settings);
    const { ap1, rack } = rig;
    for (const name of BOTH) {
      await rig.startAgent(name);
      await rig[name].order({ deed: 'carry', ...networkOf('a') });
      if (name === 'ap1') await ap1.becomes('active');
    }
    rack.start(`'${process.execPath}' -e '${LISTENER}'`, 'inet');
    return rig;
  }

  get captures(): readonly { readonly from: Which; readonly talk: Conversation }[] {
    return this.#captures;
  }

  /** Which of the two carries networks, by what they have told last. */
  active(): Which | undefined {
    return BOTH.find((name) => this[name].is === 'active');
  }

  /** The one that carries networks, and the other. */
  roles(): { readonly active: Which; readonly other: Which } {
    return this.active() === 'ap1'
      ? { active: 'ap1', other: 'ap2' }
      : { active: 'ap2', other: 'ap1' };
  }

  /** Starts an agent on one of the machines, in the place of the one that has ended. */
  async startAgent(name: Which): Promise<void> {
    const { path: socket, sessionMs } = this.locks;
    await this[name].startAgent({ socket, sessionMs, settings: this.#settings(name) });
  }

  /** All frames of networks that were heard of both, in the order in which they came. */
  heard(): readonly HeardFrame[] {
    return this.#captures
      .flatMap(({ from, talk }) =>
        [...talk.heard.matchAll(/^(\d+\.\d+) (06:67:\S+)/gm)].map(([, at, sender = '']) => ({
          at: Number(at),
          from,
          sender,
        })),
      )
      .toSorted((one, other) => one.at - other.at);
  }

  /** Whose frames were heard, one after the other: a pair of which both are heard at once has many turns. */
  turns(): readonly Which[] {
    return this.heard()
      .map(({ from }) => from)
      .filter((from, nth, all) => from !== all[nth - 1]);
  }

  /**
   * Waits until one of them was heard after a moment, and a connection was answered since; how long after the moment that
   * was, in seconds.
   */
  async carriedAfter(moment: number, by: Which, times: () => readonly number[]): Promise<number> {
    const answered = await until(
      () => {
        const first = this.heard().find(({ at, from }) => from === by && at > moment);
        return first && times().find((at) => at > first.at);
      },
      (at) => at !== undefined,
    );
    return (answered ?? Number.NaN) - moment;
  }

  /** Has a server open connections to outside, one after the other, and tells when each was answered, by the kernel's clock. */
  async startConnecting(): Promise<() => readonly number[]> {
    const answered = this.rack.start(
      `tcpdump -Z root -ltt -n -Q out -i p-a1 'tcp[13] = 0x12' 2>/dev/null`,
    );
    this.rack.start(`'${process.execPath}' -e '${CONNECTOR}'`, 'a1');
    const times = (): readonly number[] =>
      answered.heard
        .split('\n')
        .slice(0, -1)
        .map((line) => Number(line.split(' ')[0]));
    await until(times, ({ length }) => length > 10);
    return times;
  }

  close(): void {
    for (const name of BOTH) this[name].sandbox.close();
    this.rack.close();
    this.locks.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function applianceAt(rack: NetworkSandbox, name: Which): Promise<Appliance> {
  const appliance = await Appliance.start(name, (sandbox) => {
    for (const card of ['tr', 'wan', 'hb']) {
      const words = `link add name ${card}-${name} netns ${rack.process} type veth peer name ${card} netns ${sandbox.process}`;
      execFileSync('ip', words.split(' '));
    }
  });
  await rack.run(`
    ip link set dev tr-${name} up
    ip link set dev wan-${name} up
    ip link set dev hb-${name} up master beats
    ip link set dev tr-${name} master core
    ip link set dev wan-${name} master out`);
  return appliance;
}

async function listen(rack: NetworkSandbox, port: string): Promise<Conversation> {
  const talk = rack.start(
    `tcpdump -Z root --immediate-mode -ltt -ne -Q in -i ${port} 'ether[0] >= 0 and ether[6:2] = 0x0667' 2>&1`,
  );
  await until(
    () => talk.heard,
    (heard) => heard.includes('listening on'),
  );
  talk.heard = '';
  return talk;
}

const RACK = `${START_WHOLE_SWITCH}
  ip link add name core type bridge
  ip link add name out type bridge
  ip link add name beats type bridge
  ip link add name sw-core type veth peer name core-sw
  ip link set dev core-sw master core
  ip netns add inet
  ip link add name p-inet type veth peer name eth0 netns inet
  ip link set dev p-inet master out
  for device in core out beats sw-core core-sw p-inet; do ip link set dev $device up; done
  nsenter --net=/run/netns/inet ethtool -K eth0 tx off >/dev/null
  ip -n inet address add 203.0.113.1/24 dev eth0
  ip -n inet link set dev eth0 up
  ovs-vsctl add-br sw -- set bridge sw datapath_type=netdev -- add-port sw sw-core trunks=101,102,103
  ${SERVERS.map(serverScript).join('\n')}`;

const LISTENER = 'require("net").createServer((s) => s.on("error", () => {}).destroy()).listen(7)';
// One every 10 ms, each of which gives up soon.
const CONNECTOR = `setInterval(() => {
  const s = require("net").connect(7, "203.0.113.1");
  s.on("connect", () => s.destroy());
  s.on("error", () => {});
  setTimeout(() => s.destroy(), 300);
}, 10)`;
