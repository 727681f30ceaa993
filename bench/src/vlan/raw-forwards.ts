import type { PortForward } from '@gdcloud/core';
import type { Sandbox } from '@gdcloud/driver-vlan/agent';
import { done, nftScript } from './programs.js';

/** The ruleset: forwards by a map, and a flow passes as long as it is live. */
export const RAW_PROGRAM = `
add table inet gd
add map inet gd forwards { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
add set inet gd live { type ipv4_addr . inet_service . ipv4_addr . inet_service; counter; }
add chain inet gd translate { type nat hook prerouting priority dstnat; policy accept; }
add chain inet gd forward { type filter hook forward priority filter; policy drop; }
add rule inet gd translate dnat ip to ip daddr . meta l4proto . th dport map @forwards
add rule inet gd forward ct status dnat meta l4proto tcp ct original ip daddr . ct original proto-dst . ct reply ip saddr . ct reply proto-src @live accept
`;

/** What somebody would write by hand for the same forwards, flows that are cut included. */
export class RawForwards {
  readonly #sandbox: Sandbox;
  readonly #namespace: string;

  constructor(sandbox: Sandbox, namespace: string) {
    this.#sandbox = sandbox;
    this.#namespace = namespace;
  }

  /** Makes the namespace. */
  async make(): Promise<void> {
    await done(this.#sandbox, { program: 'ip', arguments: ['netns', 'add', this.#namespace] });
  }

  /** Takes it away, if it is there. */
  async forget(): Promise<void> {
    const { runner } = this.#sandbox;
    const command = { program: 'ip', arguments: ['netns', 'delete', this.#namespace] } as const;
    await runner.run(command, new AbortController().signal);
  }

  /** Loads program and forwards by one transaction. */
  async load(forwards: readonly PortForward[]): Promise<void> {
    const input = `${RAW_PROGRAM}${elements('add', forwards)}`;
    await nftScript(this.#sandbox, this.#namespace, input);
  }

  /** Puts a forward in another's place by one transaction. */
  async replace(before: PortForward, after: PortForward): Promise<void> {
    const input = `${elements('delete', [before])}${elements('add', [after])}`;
    await nftScript(this.#sandbox, this.#namespace, input);
  }
}

function elements(verb: 'add' | 'delete', forwards: readonly PortForward[]): string {
  const translated = forwards.map((its) => {
    const key = `${its.publicAddress} . ${its.protocol} . ${its.publicStartPort}`;
    const to = `${its.privateAddress} . ${its.privateStartPort}`;
    return verb === 'delete' ? key : `${key} : ${to}`;
  });
  const live = forwards.map(
    (its) =>
      `${its.publicAddress} . ${its.publicStartPort} . ${its.privateAddress} . ${its.privateStartPort}`,
  );
  return (
    `${verb} element inet gd forwards { ${translated.join(', ')} }\n` +
    `${verb} element inet gd live { ${live.join(', ')} }\n`
  );
}
