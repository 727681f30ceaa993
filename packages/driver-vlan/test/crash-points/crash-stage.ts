import type { ApplianceDesired, ResourceUuid } from '@gdcloud/core';
import { ManualClock, MemoryDisk } from '@gdcloud/core/testing';
import { createVlanDriver, type VlanDriver } from '@gdcloud/driver-vlan';
import {
  agentCarrier,
  type CommandRunner,
  findPrograms,
  PROGRAMS,
  type RepairedPart,
  type Sandbox,
  sandboxPorts,
  startSandbox,
} from '@gdcloud/driver-vlan/agent';
import { MemoryRecordFiles } from '@gdcloud/driver-vlan/testing';
import { runnerThrough } from '../support/doors.js';
import { call, keyOf, uuid } from '../support/fixtures.js';
import { until } from '../support/network-sandbox.js';
import { withoutTurn } from '../support/without-turn.js';
import { wrappedFiles } from '../support/wrapped-files.js';
import { MortalProcess } from './mortal-process.js';

const { signal } = new AbortController();

/** The ports of the machine: segments are bridges, and so is what is outside. */
export const PORTS = sandboxPorts(['physnet1'], ['outside']);

/** A driver in a process that may die, and the time it knows. */
export interface Life {
  readonly process: MortalProcess;
  readonly driver: VlanDriver;
  /** The machine as this process reaches it. */
  readonly runner: CommandRunner;
  readonly clock: ManualClock;
  /** Of each audit, what it had to repair. */
  readonly audits: (readonly RepairedPart[])[];
}

/** A machine on which drivers live and die, in a sandbox: what it holds outlives them. The network is number 1. */
export class CrashStage {
  readonly #sandbox: Sandbox;
  readonly #disk = new MemoryDisk({ clock: new ManualClock() });

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  static async start(): Promise<CrashStage> {
    const as = process.getuid?.() === 0 ? 'root' : 'user';
    const sandbox = await startSandbox({ paths: await findPrograms(PROGRAMS), as }, signal);
    const stage = new CrashStage(sandbox);
    await stage.run('ip link add name outside up type bridge');
    return stage;
  }

  /** Starts a driver, of which nothing is known yet. It does nothing by itself before time passes. */
  begin(): Life {
    const process = new MortalProcess();
    const clock = new ManualClock();
    const runner = runnerThrough(process, this.#sandbox.runner);
    const audits: (readonly RepairedPart[])[] = [];
    const carrier = agentCarrier({
      mode: 'full',
      open: async () => ({ runner, ports: PORTS, close: () => {} }),
      nameServers: [],
      clock,
      auditEveryMs: 1000,
      metersFolder: '/run/meters',
      onAudit: (_network, repairs) => void audits.push(repairs),
    });
    const files = process.io('record', wrappedRecord(new MemoryRecordFiles(this.#disk)));
    const driver = createVlanDriver({ folder: '/plans' }, { carrier, files });
    return { process, driver, runner, clock, audits };
  }

  /** Runs a shell script on the machine, and returns what it printed. */
  async run(script: string): Promise<string> {
    const words = ['--net=/proc/self/ns/net', 'sh', '-ec', script];
    const { exitCode, stdout, stderr } = await this.#sandbox.runner.run(
      { program: 'nsenter', arguments: words },
      signal,
    );
    if (exitCode !== 0) throw new Error(`${script.slice(0, 300)}: ${stderr}`);
    return stdout;
  }

  /** Leaves what a driver has of a record before it gets its name. */
  leaveUnfinishedRecord(): void {
    const folder = `/plans/${uuid(1)}.1.0123456789abcdef.tmp`;
    this.#disk.makeFolder(folder);
    this.#disk.make(`${folder}/life-0123456789abcdef`, 0o600).close();
  }

  /** Starts a program of a stranger's in a network. */
  startInside(script: string): void {
    const words = [`--net=/run/netns/${NAMESPACE}`, 'sh', '-ec', `exec ${script}`];
    this.#sandbox.runner.start({ program: 'nsenter', arguments: words });
  }

  /** All that can be seen of networks, but what is another each time. */
  async looks(): Promise<string> {
    const seen = await this.run(LOOKS);
    // Of bridges the state comes a moment late.
    const volatile = /@if\d+|\bfe80::\S+|\b(UNKNOWN|UP|DOWN|LOWERLAYERDOWN)\b/g;
    // Whom a haproxy has followed.
    const settled = withoutTurn(seen)
      .replaceAll(/ -sf \d+ -x \S+/g, '')
      .replaceAll(volatile, '~');
    return `${settled.replaceAll(/ +/g, ' ')}\n${this.#records().length} records`;
  }

  /** Everything there is beside the machine itself: devices, namespaces, processes, files, records. */
  async remains(): Promise<string> {
    return [await this.run(REMAINS), ...this.#records()].join('\n');
  }

  /** Waits until nothing is left, as programs end a moment after they were told; what is left else. */
  async leavings(): Promise<string> {
    return until(
      () => this.remains(),
      (remains) => remains === '',
    ).catch(() => this.remains());
  }

  /**
   * What must not be at any moment, whoever has died: a link without a closed firewall, and anything that the driver denies:
   * an element that it says is no more, a network that it says is gone, and a document that it says is carried and isn't.
   * `wanted`: how the network looks as documents ask. `given`: what may have been given up.
   */
  async flaws(
    wanted: ReadonlyMap<ApplianceDesired, string | undefined>,
    given: Elements,
  ): Promise<string[]> {
    const [open = '', ...seen] = (await this.run(MOMENT)).split('----\n');
    const flaws = open === '' ? [] : [`links without a closed firewall: ${open}`];
    const { driver } = this.begin();
    for (const [document, looks] of wanted) {
      const found = await driver.appliances.observe(keyOf(1), document, call());
      if (found.presence !== 'present' || found.changes.length > 0 || looks === undefined) continue;
      if ((await this.looks()) !== looks) flaws.push(`${document.revision} is told to be carried`);
    }
    for (const [element, words] of elementsIn(given)) {
      const carried = await driver.carried(uuid(1), element, call()).catch(() => 'not told');
      const found = words.filter((word) => seen.some((text) => text.includes(word)));
      if (carried === undefined && found.length > 0)
        flaws.push(`${found.join()} is told to be gone`);
    }
    const known = await driver.appliances.observe(keyOf(1), undefined, call());
    if (known.presence === 'absent') {
      const remains = await this.remains();
      if (/gd-|^[btvxyz][0-9a-f]{12}/m.test(remains)) flaws.push(`told to be gone: ${remains}`);
    }
    await driver.close();
    return flaws;
  }

  /** Ends all that is in it. */
  close(): void {
    this.#sandbox.close();
  }

  #records(): readonly string[] {
    return this.#disk.names('/').includes('plans') ? this.#disk.names('/plans') : [];
  }
}

/** The network that all of it is about. */
export const NAMESPACE = `gd-${uuid(1)}`;

// The kit's own doors see methods, and these are bound to no class.
function wrappedRecord(files: MemoryRecordFiles): ReturnType<typeof wrappedFiles> {
  return wrappedFiles(files, (_call, _path, work) => work());
}

/** What is known by a uuid, and can be given up. */
export type Elements = Pick<ApplianceDesired, 'publicAddresses' | 'forwards'>;

// What each element is seen by wherever it is.
function elementsIn({
  publicAddresses,
  forwards,
}: Elements): ReadonlyMap<ResourceUuid, readonly string[]> {
  return new Map<ResourceUuid, readonly string[]>([
    ...publicAddresses.map(({ uuid: its, address }) => [its, [`${address}/`]] as const),
    ...forwards.map(
      ({ uuid: its, publicAddress, publicStartPort }) =>
        [its, [`${publicAddress} . ${publicStartPort}`]] as const,
    ),
  ]);
}

const LOOKS = `
  for name in $(ls /run/netns | grep ^gd-); do
    echo "$name"
    ip -n $name -br address | grep -v '^lo ' | sort
    ip -n $name link | grep -o 'alias .*' | sort
    # The kernel's own routes come and go with its links, in any order.
    ip -n $name route show table all | grep -v '^local\\|^multicast\\|^broadcast\\|proto kernel' | sort
    ip -n $name rule
    ip -n $name -6 rule
    inside() { nsenter --net=/run/netns/$name "$@"; }
    inside nft -s list ruleset
    inside sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter
    inside wg show all dump | sed 's/\\t[0-9]*\\t[0-9]*\\t[0-9]*\\t\\([^\\t]*\\)$/\\t\\1/'
    inside conntrack -L --dst-nat 2>/dev/null
    for id in $(ip netns pids $name); do echo /proc/$id/cmdline; done |
      xargs -r grep -ah . /dev/null 2>/dev/null | tr '\\0' ' ' | grep -v '^socat\\|^nft -i' | sort
  done
  ip -br link | sed 's/[@ ].*//' | sort
  find /run/gdcloud -type f | sort | xargs -r grep -v '^[0-9]*$' /dev/null || true`;

const REMAINS = `
  ip -br link | sed 's/[@ ].*//' | grep -vx 'lo\\|outside' | sort
  ls /run/netns
  # Nobody buries what has ended: it has a name still, but no words.
  for words in $(grep -lza . /proc/[0-9]*/cmdline 2>/dev/null); do
    read -r name <\${words%cmdline}comm || continue
    case $name in cat|sh|grep|sort|ls|sed|ip) ;; *) echo "process $name" ;; esac
  done 2>/dev/null | sort
  find /run -name netns -prune -o '(' -type f -o -type s -o -name 'gd-*' ')' -print | sort`;

const MOMENT = `
  for name in $(ls /run/netns | grep ^gd-); do
    ip -n $name -br link 2>/dev/null | grep -q '^[nuw]' || continue
    nsenter --net=/run/netns/$name nft list chain inet gd c_forward 2>/dev/null | grep -q 'policy drop' || echo $name
  done
  for name in $(ls /run/netns | grep ^gd-); do
    echo ----
    ip -n $name -br address 2>/dev/null || continue
    echo ----
    nsenter --net=/run/netns/$name nft list ruleset 2>/dev/null || true
  done`;
