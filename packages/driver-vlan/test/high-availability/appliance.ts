import { fileURLToPath } from 'node:url';
import type { HighAvailabilitySettings } from '@gdcloud/driver-vlan';
import type { ToldNetwork } from '../open-vswitch/agent-process.js';
import { START_WHOLE_SWITCH } from '../open-vswitch/switch-scripts.js';
import { type Conversation, NetworkSandbox, until } from '../support/network-sandbox.js';

/** What an appliance is told, a line each. */
export type ApplianceOrder =
  | ({ readonly deed: 'carry' } & ToldNetwork)
  | { readonly deed: 'hand over' | 'stop' };

/** What it says, a line each. */
export type ApplianceAnswer =
  | { readonly pid: number }
  | { readonly done: string }
  | { readonly failed: string }
  | { readonly log: string; readonly because?: string; readonly epoch?: string };

/** How its agent is started. */
export interface AgentOptions {
  readonly socket: string;
  readonly sessionMs: number;
  readonly settings: HighAvailabilitySettings;
}

const PROGRAM = fileURLToPath(new URL('run-appliance.js', import.meta.url));
const ACTIVE = 'this appliance carries the networks of its pair';
const STANDBY = 'this appliance stands by for the other of its pair';

/**
 * A machine of a pair, in namespaces of its own, with an Open vSwitch of its own: `ap` with the card `tr`, `out` with the
 * card `wan`; the card `hb` to the other; and the driver in a process of its own.
 */
export class Appliance {
  readonly name: string;
  readonly sandbox: NetworkSandbox;
  #agent: Conversation | undefined;
  #pid = 0;

  private constructor(name: string, sandbox: NetworkSandbox) {
    this.name = name;
    this.sandbox = sandbox;
  }

  /** `wire` brings the cards. */
  static async start(name: string, wire: (sandbox: NetworkSandbox) => void): Promise<Appliance> {
    const sandbox = await NetworkSandbox.start();
    wire(sandbox);
    await sandbox.run(`${START_WHOLE_SWITCH}
      ip link set dev tr up
      ip link set dev wan up
      ip link set dev hb up
      ip address add 192.0.2.${name.slice(-1)}/24 dev hb
      ovs-vsctl add-br ap -- set bridge ap datapath_type=netdev -- add-port ap tr trunks=101,102,103 \\
        -- add-br out -- set bridge out datapath_type=netdev -- add-port out wan`);
    return new Appliance(name, sandbox);
  }

  async startAgent({ socket, sessionMs, settings }: AgentOptions): Promise<void> {
    const words = [PROGRAM, socket, String(sessionMs), JSON.stringify(settings)];
    const line = [process.execPath, ...words].map((word) => `"${word.replaceAll('"', '\\"')}"`);
    // Not the entering program's own child: that stops with it, and does not go on with it.
    this.#agent = this.sandbox.start(`sh -c 'exec 3<&0; ${line.join(' ')} <&3 & wait'`);
    const [first] = await this.#said(1);
    if (first === undefined || !('pid' in first)) throw new Error('the agent did not start');
    this.#pid = first.pid;
  }

  /** What the agent that runs now has said. */
  get said(): readonly ApplianceAnswer[] {
    const lines = this.#agent?.heard.split('\n').slice(0, -1) ?? [];
    return lines.map((line): ApplianceAnswer => JSON.parse(line));
  }

  /** What it is, by what it has told last. */
  get is(): 'active' | 'standby' {
    const told = this.said.flatMap((answer) => ('log' in answer ? [answer.log] : []));
    return told.findLast((log) => log === ACTIVE || log === STANDBY) === ACTIVE
      ? 'active'
      : 'standby';
  }

  async becomes(what: 'active' | 'standby'): Promise<void> {
    await until(
      () => this.is,
      (is) => is === what,
    );
  }

  /** Has an order carried out. */
  async order(order: ApplianceOrder): Promise<void> {
    const before = this.#answers().length;
    this.#agent?.say(`${JSON.stringify(order)}\n`);
    const answers = await until(
      () => this.#answers(),
      ({ length }) => length > before || this.#agent?.hasEnded === true,
    );
    const answer = answers[before];
    if (answer === undefined || !('done' in answer)) throw new Error(JSON.stringify(answer));
  }

  /** Sends its agent a signal; when that was, in seconds of the kernel's clock. */
  async signal(signal: 'KILL' | 'STOP' | 'CONT'): Promise<number> {
    return Number(await this.sandbox.run(`date +%s.%N; kill -${signal} ${this.#pid}`));
  }

  /** Switches the whole machine off; when that was, in seconds of the kernel's clock. */
  switchOff(): number {
    const now = (performance.timeOrigin + performance.now()) / 1000;
    this.sandbox.close();
    return now;
  }

  /** How its gate stands, as the kernel has it. */
  async gate(): Promise<string> {
    return this.sandbox.run('nft list table netdev gdcloud');
  }

  #answers(): readonly ApplianceAnswer[] {
    return this.said.filter((answer) => 'done' in answer || 'failed' in answer);
  }

  async #said(count: number): Promise<readonly ApplianceAnswer[]> {
    return until(
      () => this.said,
      ({ length }) => length >= count || this.#agent?.hasEnded === true,
    );
  }
}
