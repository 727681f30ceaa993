import { fileURLToPath } from 'node:url';
import type { ApplianceDesired, IsolationProof, ResourceUuid } from '@gdcloud/core';
import type { Audited, Followed } from '@gdcloud/driver-vlan/agent';
import { type Conversation, type NetworkSandbox, until } from '../support/network-sandbox.js';

/** A network as an agent is told of it: only data that JSON carries. */
export interface ToldNetwork {
  readonly network: ResourceUuid;
  readonly desired: ApplianceDesired;
  /** The servers that fail the checks of a balancer, by balancer. */
  readonly unwell?: readonly (readonly [ResourceUuid, readonly ResourceUuid[]])[];
}

/** What an agent is told, a line each. */
export type Order =
  | ({ readonly deed: 'follow' | 'audit' | 'dissolve' } & ToldNetwork)
  | { readonly deed: 'probe'; readonly from: ToldNetwork; readonly to: ToldNetwork };

/** What it answers, a line each: first its own process, then how each order went. */
export type Answer =
  | { readonly pid: number }
  | { readonly followed: Followed }
  | { readonly audited: Audited }
  | { readonly dissolved: true }
  | { readonly proved: IsolationProof }
  | { readonly failed: string };

const PROGRAM = fileURLToPath(new URL('run-agent.js', import.meta.url));

/** A driver's agent in a process of its own, in a sandbox, that can be killed. Takes one order after the other. */
export class AgentProcess {
  readonly #sandbox: NetworkSandbox;
  readonly #conversation: Conversation;
  readonly #pid: number;
  #answered = 1;

  private constructor(sandbox: NetworkSandbox, conversation: Conversation, pid: number) {
    this.#sandbox = sandbox;
    this.#conversation = conversation;
    this.#pid = pid;
  }

  static async start(sandbox: NetworkSandbox): Promise<AgentProcess> {
    const conversation = sandbox.start(`'${process.execPath}' '${PROGRAM}'`);
    const [first] = await answers(conversation, 1);
    if (first === undefined || !('pid' in first)) throw new Error('the agent did not start');
    return new AgentProcess(sandbox, conversation, first.pid);
  }

  /** Brings a network to its document; how that went. */
  async follow(told: ToldNetwork): Promise<Followed> {
    const answer = await this.#order({ deed: 'follow', ...told });
    return 'followed' in answer ? answer.followed : refused(answer);
  }

  async audit(told: ToldNetwork): Promise<Audited> {
    const answer = await this.#order({ deed: 'audit', ...told });
    return 'audited' in answer ? answer.audited : refused(answer);
  }

  /** Sends probes from one network to the other; what came of them. */
  async probe(from: ToldNetwork, to: ToldNetwork): Promise<IsolationProof> {
    const answer = await this.#order({ deed: 'probe', from, to });
    return 'proved' in answer ? answer.proved : refused(answer);
  }

  async dissolve(told: ToldNetwork): Promise<void> {
    const answer = await this.#order({ deed: 'dissolve', ...told });
    if (!('dissolved' in answer)) refused(answer);
  }

  /** Tells it what to do, and waits for no answer: it is to be killed. */
  tell(order: Order): void {
    this.#conversation.say(`${JSON.stringify(order)}\n`);
  }

  /** `kill -9` */
  async kill(): Promise<void> {
    await this.#sandbox.run(`kill -KILL ${this.#pid}`);
  }

  /** Ends it as an upgrade does. */
  async stop(): Promise<void> {
    await this.#sandbox.run(`kill -TERM ${this.#pid}`);
  }

  async #order(order: Order): Promise<Answer> {
    this.#answered += 1;
    const nth = this.#answered;
    this.tell(order);
    const answer = (await answers(this.#conversation, nth))[nth - 1];
    if (answer === undefined) throw new Error('the agent has ended');
    return answer;
  }
}

function refused(answer: Answer): never {
  throw new Error(JSON.stringify(answer));
}

async function answers(conversation: Conversation, count: number): Promise<readonly Answer[]> {
  const heard = await until(
    () => conversation.heard.split('\n').slice(0, -1),
    (lines) => lines.length >= count || conversation.hasEnded,
  );
  return heard.map((line): Answer => JSON.parse(line));
}
