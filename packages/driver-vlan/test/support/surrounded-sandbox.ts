import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Resource } from '@gdcloud/core';
import { until } from './network-sandbox.js';

const execute = promisify(execFile);
/** What the driver calls the bridge of a network. */
const BRIDGE = /\bb[0-9a-f]{12}(?=:)/;

/** The sandbox in which a driver carries networks, once it carries one, with a server and an outside. */
export class SurroundedSandbox {
  readonly #parent: number;

  /** `parent`: the process in which the driver is. */
  constructor(parent: number) {
    this.#parent = parent;
  }

  /**
   * Gives a network an outside, 203.0.113.1 in the namespace `inet`, and a server in its segment, which answers port 8080
   * with `hello`.
   */
  async surround({ status }: Resource): Promise<void> {
    const [address, mac] = [status['privateIpv4Address'], status['macAddress']].map(String);
    const links = await until(
      () => this.inside('ip', 'link', 'show').catch(String),
      (seen) => BRIDGE.test(seen),
    );
    const bridge = BRIDGE.exec(links)?.[0];
    await this.inside(
      'sh',
      '-ec',
      `ip netns add inet
       ip link add name inet type veth peer name eth0 netns inet
       ip link set dev inet master outside up
       ip -n inet address add 203.0.113.1/28 dev eth0
       ip -n inet link set dev eth0 up
       ip netns add web
       ip link add name web type veth peer name eth0 netns web
       ip link set dev web master ${bridge} up
       ip -n web link set dev eth0 address ${mac} up
       ip -n web address add ${address}/24 dev eth0
       ip -n web route add default via 10.0.0.1
       nsenter --net=/run/netns/web socat TCP-LISTEN:8080,fork,reuseaddr 'SYSTEM:echo hello' >/dev/null 2>&1 &`,
    );
  }

  /** What a connection from outside is answered; empty where it isn't. */
  async ask(to: string): Promise<string> {
    const words = ['socat', '-u', '-T2', `TCP:${to},connect-timeout=2`, '-'];
    return (await this.inside('nsenter', '--net=/run/netns/inet', ...words).catch(() => '')).trim();
  }

  /** Runs a program in the sandbox; returns what it printed. */
  async inside(...words: readonly string[]): Promise<string> {
    const target = `--target=${await this.#sandbox()}`;
    const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
    const entered = [target, ...user, '--net', '--mount', '--pid', '--', ...words];
    return (await execute('nsenter', entered)).stdout;
  }

  // `cat`, the sandbox' first process, is a child of the `unshare` that the driver has started.
  async #sandbox(): Promise<number> {
    for (const child of await childrenOf(this.#parent)) {
      for (const grandchild of await childrenOf(child)) {
        const name = await readFile(`/proc/${grandchild}/comm`, 'utf8').catch(() => '');
        if (name === 'cat\n') return grandchild;
      }
    }
    throw new Error('it carries no network');
  }
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}
