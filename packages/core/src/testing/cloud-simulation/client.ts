import type { Caller, Resources } from '../../kernel/resources.js';
import { ensureError, RequestError } from '../../model/errors.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { isReady } from '../../model/state.js';
import type { World } from '../simulator/world.js';
import type { Database } from './database.js';
import type { KeptTicket, LetIn, Told } from './facts.js';
import type { KernelProcess } from './kernel-process.js';
import type { Question } from './questions.js';
import type { Body, Command, Script } from './scenario.js';
import type { Wish, Wishes } from './wishes.js';

/** How long a user waits for an answer; milliseconds. */
const PATIENCE = 35_000;
/** How long before a request is made again that was lost or could not be answered; milliseconds. */
const AGAIN = 700;

/** What a user works with. */
export interface ClientOptions {
  readonly world: World;
  readonly database: Database;
  readonly wishes: Wishes;
  readonly caller: Caller;
  /** The identity that stands for a name of the scenario. */
  readonly uuidOf: (name: string) => ResourceUuid;
  /** A kernel that takes requests now, if any. */
  readonly kernel: () => KernelProcess | undefined;
  /** Told of everything that was acknowledged, and of every refusal. */
  readonly onAnswer: (wish: Wish, answer: Resource | RequestError) => void;
  /** Told of every question that was answered. */
  readonly onTold: (answer: Told) => void;
  /** Told of every console that was opened. */
  readonly onLetIn: (entry: LetIn) => void;
}

type Answer<Taken> =
  | { readonly kind: 'taken'; readonly answer: Taken }
  | { readonly kind: 'refused'; readonly error: RequestError }
  | { readonly kind: 'lost' };

/**
 * A user of the API who does one thing after another and repeats what was not answered, as clients do: with the same
 * uuid, so that asking twice is asking once. Lives outside of every process and survives them all.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #types = new Map<string, string>();
  readonly #tickets = new Map<string, KeptTicket>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Follows the script to its end. */
  async follow(script: Script): Promise<void> {
    for (const command of script.commands) await this.#carryOut(command);
  }

  async #carryOut(command: Command): Promise<void> {
    switch (command.do) {
      case 'pause':
        return this.#sleep(command.ms);
      case 'wait':
        return this.#wait(command.name, command.atMostMs);
      case 'expect':
        while (this.#options.database.row(this.#options.uuidOf(command.name)) === undefined)
          await this.#sleep(20);
        return undefined;
      case 'ask':
        return this.#inquire(command.question);
      case 'create': {
        this.#types.set(command.name, command.type);
        const body = this.#resolved(command.body);
        return this.#insist(
          this.#wish('create', command.name, command.type, body),
          (resources, caller, type) =>
            resources
              .create(caller, type, { ...body, uuid: this.#options.uuidOf(command.name) })
              .then(({ resource }) => resource),
        );
      }
      case 'update': {
        const body = this.#resolved(command.body);
        return this.#insist(
          this.#wish('update', command.name, this.#typeOf(command.name), body),
          (resources, caller, type, id) => resources.update(caller, type, id, body),
        );
      }
      case 'act': {
        const input = this.#resolved(command.input ?? {});
        return this.#insist(
          this.#wish('act', command.name, this.#typeOf(command.name), command.fields),
          (resources, caller, type, id) => resources.act(caller, type, id, command.action, input),
        );
      }
      case 'remove':
        return this.#insist(
          this.#wish('remove', command.name, this.#typeOf(command.name), {}),
          (resources, caller, type, id) => resources.remove(caller, type, id),
        );
    }
  }

  async #insist(
    wish: Wish,
    request: (
      resources: Resources,
      caller: Caller,
      type: ResourceType,
      id: string,
    ) => Promise<Resource>,
  ): Promise<void> {
    const { database, wishes, onAnswer, caller } = this.#options;
    for (;;) {
      const kernel = this.#options.kernel();
      if (kernel === undefined) {
        await this.#sleep(AGAIN);
        continue;
      }
      const id = database.row(wish.uuid)?.id ?? '';
      // What does not exist can't be asked anything of: its creation was refused, or it is gone already.
      if (wish.what !== 'create' && id === '') return;
      wishes.send(wish);
      const { resources, types } = kernel.cloud;
      const answer = await this.#ask(kernel, () =>
        request(resources, caller, types.get(wish.type), id),
      );
      if (answer.kind === 'taken') {
        wishes.acknowledge(wish);
        onAnswer(wish, answer.answer);
        return;
      }
      if (answer.kind === 'refused') {
        onAnswer(wish, answer.error);
        const { code } = answer.error;
        // A plug-in that failed refuses as one that says no does; the user of it asks again.
        const leaving = database.row(wish.uuid)?.deleteRequestedAt ?? null;
        const passing = code === 'InUse' || code === 'AdmissionRefused';
        if (!passing && (code !== 'Conflict' || leaving !== null)) return;
      }
      await this.#sleep(AGAIN);
    }
  }

  // A question that was not answered need not be asked again: nothing depends on it.
  async #inquire(question: Question): Promise<void> {
    const { caller, database, uuidOf, wishes, world, onTold, onLetIn } = this.#options;
    let kernel = this.#options.kernel();
    for (; kernel === undefined; kernel = this.#options.kernel()) await this.#sleep(AGAIN);
    const { cloud, process } = kernel;
    await this.#ask(kernel, () =>
      question({
        cloud,
        process,
        another: () => this.#options.kernel()?.cloud,
        caller,
        row: (name) => database.row(uuidOf(name)),
        body: (body) => this.#resolved(body),
        wish: ({ uuid, type, account }, fields) =>
          wishes.send({ what: 'act', uuid, type, account, fields }),
        told: onTold,
        letIn: onLetIn,
        tickets: this.#tickets,
        now: () => world.now,
      }),
    );
  }

  #ask<Taken>(kernel: KernelProcess, request: () => Promise<Taken>): Promise<Answer<Taken>> {
    const { world } = this.#options;
    return new Promise((resolve) => {
      const lost = (): void => resolve({ kind: 'lost' });
      kernel.process.onDeath(lost);
      const cancel = world.schedule(world.now + PATIENCE, lost);
      request()
        .then(
          (answer) => resolve({ kind: 'taken', answer }),
          (thrown: unknown) =>
            resolve(
              thrown instanceof RequestError
                ? { kind: 'refused', error: thrown }
                : this.#unanswered(thrown),
            ),
        )
        .finally(cancel);
    });
  }

  // A port that was away, or a plug-in that failed, says nothing about whether it was carried out.
  #unanswered(thrown: unknown): Answer<never> {
    const { name } = ensureError(thrown);
    if (name === 'PortUnavailable' || name === 'HookFailure') return { kind: 'lost' };
    throw thrown;
  }

  async #wait(name: string, atMostMs: number): Promise<void> {
    const { world, database } = this.#options;
    const end = world.now + atMostMs;
    const uuid = this.#options.uuidOf(name);
    while (world.now < end) {
      const row = database.row(uuid);
      if (row !== undefined && (isReady(row) || row.removed !== null)) return;
      await this.#sleep(100);
    }
  }

  #sleep(ms: number): Promise<void> {
    const { world } = this.#options;
    return new Promise((resolve) => world.schedule(world.now + ms, resolve));
  }

  #wish(what: Wish['what'], name: string, type: string, fields: JsonObject): Wish {
    const { uuidOf, caller } = this.#options;
    return { what, uuid: uuidOf(name), type, account: caller.account, fields };
  }

  #typeOf(name: string): string {
    return (
      this.#types.get(name) ??
      this.#options.database.row(this.#options.uuidOf(name))?.type ??
      'virtualmachine'
    );
  }

  #resolved(body: Body): JsonObject {
    const entries = Object.entries(body).map(([field, value]) => [field, this.#valueOf(value)]);
    return Object.fromEntries(entries);
  }

  #valueOf(value: Json | undefined): Json {
    if (value === undefined || value === null || typeof value !== 'object') return value ?? null;
    if (isList(value)) return value.map((each) => this.#valueOf(each));
    if (typeof value['ref'] !== 'string') return value;
    return this.#options.database.row(this.#options.uuidOf(value['ref']))?.id ?? '0';
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
