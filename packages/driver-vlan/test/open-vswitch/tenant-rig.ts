import type { ResourceUuid } from '@gdcloud/core';
import type { Followed } from '@gdcloud/driver-vlan/agent';
import { type Conversation, type NetworkSandbox, until } from '../support/network-sandbox.js';
import type { FlowPlace } from '../support/open-flow.js';
import { plainAddress } from '../support/plain-address.js';
import type { ToldNetwork } from './agent-process.js';

/** Where the machines of a rig are, each in a namespace. */
export type RigMachine = Pick<NetworkSandbox, 'run' | 'start' | 'close'>;

/** The addresses of the machine outside, as `ip` takes them. Of each version the second is used by who asks for it only. */
export const OUTSIDE_ADDRESSES: readonly string[] = [
  '203.0.113.1/24',
  '203.0.113.250/24',
  '2001:db8::1/64 nodad',
  '2001:db8::250/64 nodad preferred_lft 0',
];

/** A driver's agent, however it runs. */
export interface ToldAgent {
  /** Brings a network to its document; how that went. */
  follow(told: ToldNetwork): Promise<Followed | null>;
  dissolve(told: ToldNetwork): Promise<void>;
}

/**
 * The servers of two tenants behind a switch that tags (`a1`, `a2`, `b1`, `b2`), an appliance, and what is outside: `inet`,
 * with 203.0.113.1 and 203.0.113.250, 2001:db8::1 and 2001:db8::250. What makes the switch is another for each rig.
 */
export abstract class TenantRig {
  readonly machine: RigMachine;

  protected constructor(machine: RigMachine) {
    this.machine = machine;
  }

  /** The agent that runs now. */
  abstract get agent(): ToldAgent;

  /** Puts another machine on the outside network. */
  abstract addOutside(name: string, address: string): Promise<void>;

  /** All that networks could leave behind, a line each. */
  abstract remains(): Promise<string>;

  run(namespace: string, script: string, input?: string | Buffer): Promise<string> {
    return this.machine.run(script, { namespace, input });
  }

  start(namespace: string, script: string): Conversation {
    return this.machine.start(script, namespace);
  }

  /** Has a machine answer what comes to a port by what a shell line prints, or says back. */
  async listen(
    namespace: string,
    protocol: 'tcp' | 'udp',
    port: number,
    answer: string,
  ): Promise<void> {
    const address =
      protocol === 'tcp' ? `TCP6-LISTEN:${port},fork,reuseaddr` : `UDP-RECVFROM:${port},fork`;
    // Who asks has ended what it says: by itself, socat would wait half a second for what is answered.
    this.start(namespace, `socat -t5 ${address} ${answer}`);
    await until(
      () => this.run(namespace, `ss -Hln ${protocol === 'tcp' ? '-t' : '-u'} sport = :${port}`),
      (listening) => listening !== '',
    );
  }

  /** What a connection is answered; empty when it is refused or nobody answers. `to`: `10.0.0.11:22`. */
  async ask(from: string, to: string, options = ''): Promise<string> {
    const script = `timeout 3 socat -T2 - TCP:${to},connect-timeout=1${options} </dev/null || true`;
    return plainAddress((await this.run(from, script)).trim());
  }

  /** What somebody answers at last; throws when nobody does. */
  answer(from: string, to: string, options = ''): Promise<string> {
    return until(
      () => this.ask(from, to, options),
      (answer) => answer !== '',
    );
  }

  /** What four connections are answered, one after the other and each at once, sorted; tried until all are. */
  async fourAnswers(from: string, to: string): Promise<readonly string[]> {
    const heard = await until(
      async () => {
        const answers: string[] = [];
        for (let nth = 0; nth < 4; nth += 1) answers.push(await this.ask(from, to));
        return answers;
      },
      (answers) => !answers.includes(''),
    );
    return heard.toSorted();
  }

  /** What a datagram is answered at last; throws when nobody answers. */
  async answerDatagram(from: string, to: string): Promise<string> {
    const talk = this.start(from, `socat -T60 - UDP:${to}`);
    let asked = Number.NEGATIVE_INFINITY;
    const answer = await until(
      () => {
        // Datagrams may be lost; so it asks again.
        if (performance.now() - asked > 1000) {
          talk.say('who is there?\n');
          asked = performance.now();
        }
        return talk.heard;
      },
      (heard) => heard.includes('\n'),
    );
    talk.end();
    return answer.slice(0, answer.indexOf('\n'));
  }

  /** A network as a place where flows are opened and cut. */
  placeOf(network: ResourceUuid): FlowPlace {
    return {
      start: (namespace, script) => this.start(namespace, script),
      counted: async (counter) => {
        const listed = await this.run(`gd-${network}`, `nft list counter inet gd ${counter}`);
        return Number(/packets (\d+)/.exec(listed)?.[1]);
      },
    };
  }

  close(): void {
    this.machine.close();
  }
}
