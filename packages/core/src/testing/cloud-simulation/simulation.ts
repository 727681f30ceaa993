import type { Plugin } from '../../di.js';
import type { Explanation } from '../../kernel/explain/explanation.js';
import type { Caller } from '../../kernel/resources.js';
import { conditionOf } from '../../model/condition.js';
import { PortUnavailable, RequestError } from '../../model/errors.js';
import { asUuid, type ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import { stallOf } from '../../model/stall.js';
import { isReady } from '../../model/state.js';
import type { Store } from '../../ports/store.js';
import { type FaultPlan, noFaults } from '../simulator/fault.js';
import type { MemoryStore } from '../simulator/memory-store.js';
import type { Process } from '../simulator/process.js';
import { SeededRandom } from '../simulator/seeded-random.js';
import { type PointObserver, World } from '../simulator/world.js';
import { Client } from './client.js';
import { Database } from './database.js';
import type { Finding, View, Watcher } from './facts.js';
import { EMPTY, type Foundation, foundation, OPERATOR, TENANTS } from './foundation.js';
import { HintBus } from './hint-bus.js';
import { INVARIANTS } from './invariants/invariants.js';
import { exactlyOne } from './invariants/outside.js';
import { ADMINISTRATOR_KEY, KernelProcess } from './kernel-process.js';
import { LockServer } from './lock-server.js';
import { Outside, simulatedHosts } from './outside.js';
import type { Scenario } from './scenario.js';
import { befall, heal, type Trouble, type Troubled } from './troubles.js';
import { Wishes } from './wishes.js';

/** How long faults and troubles may happen, at most; virtual milliseconds. */
const FAULT_PHASE = 4 * 60_000;
/** How long to wait for a process that stands still: what it does when it wakes belongs to the run. */
const LONGEST_STANDSTILL = 50_000;
/** How long everything may take to come to rest once all is healed. */
const CONVERGENCE = 75 * 60_000;
/** How long a look takes that somebody asked for, at the most; the rows show what it found. */
const LOOK = 3_000;
/** How long an explanation may take, with everything broken that can be; virtual milliseconds. */
const LONGEST_ANSWER = 5 * 60_000;
/** How long it is watched at rest: two sweeps for orphans, and a routine look at everything. */
const REST = 80 * 60_000;

/** One run of a simulated cloud. */
export interface SimulationOptions {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly kernels: number;
  /** Whether these kernels are the first that ever started. Default: they find a cloud at rest. */
  readonly ground?: 'at rest' | 'empty' | undefined;
  readonly faults: FaultPlan;
  /** What befalls the world, and when, in milliseconds from the start. */
  readonly troubles: readonly { readonly at: number; readonly trouble: Trouble }[];
  readonly hooks: 'some' | 'none';
  /** Makes something different from what kernels usually find, before any of them starts. */
  readonly prepare?: ((around: Troubled) => void) | undefined;
  /** How long faults and troubles may happen, at most; virtual milliseconds. Default four minutes. */
  readonly faultsForMs?: number | undefined;
  /** Whether the cloud is watched for a while after it has come to rest. */
  readonly rest: 'watched' | 'not watched';
  readonly trace?: 'entries' | 'hash' | undefined;
  readonly coverage?: PointObserver | undefined;
  /** Breaks something on purpose; tests only. */
  readonly tamper?: Tamper | undefined;
  /** The end that a run without faults comes to; see {@link SimulationReport.end}. */
  readonly expectedEnd?: string | undefined;
}

/** Ways to break a cloud on purpose, to see whether anybody notices. */
export interface Tamper {
  readonly store?: ((store: MemoryStore) => Store) | undefined;
  readonly plugin?: Plugin | undefined;
}

/** What a run came to. */
export interface SimulationReport {
  readonly seed: number;
  readonly scenario: string;
  readonly violation: Violation | undefined;
  /** The hash of everything that happened. */
  readonly hash: string;
  readonly steps: number;
  readonly faults: number;
  /** Virtual milliseconds. */
  readonly tookMs: number;
  /** From the healing to rest; virtual milliseconds. */
  readonly convergedMs: number;
  /** What there is in the end, in words that do not depend on ids. */
  readonly end: string;
  readonly trace: World['trace'];
  /** What was said of everything that was not as asked when the time of faults was over. */
  readonly explanations: readonly Explanation[];
}

/** A broken invariant. */
export interface Violation {
  readonly invariant: string;
  readonly message: string;
  readonly step: number;
  /** Virtual milliseconds from the start. */
  readonly at: number;
}

/** Runs one simulated cloud to its end: faults, healing, convergence. Deterministic in its options. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { hosts, hostMemoryMb } = options.scenario;
  const ground = options.ground === 'empty' ? EMPTY : await foundation(hosts, hostMemoryMb);
  return new Simulation(options, ground).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #database: Database;
  readonly #bus: HintBus;
  readonly #locks: LockServer;
  readonly #outside: Outside;
  readonly #wishes = new Wishes();
  readonly #outlived = new Set<Process>();
  readonly #meddled = new Set<ResourceUuid>();
  readonly #watchers: readonly { readonly id: string; readonly watcher: Watcher }[];
  readonly #unsettled = new Set<ResourceUuid>();
  readonly #explanations: Explanation[] = [];
  #kernels: KernelProcess[] = [];
  #phase: View['phase'] = 'faults';
  #violation: Violation | undefined;
  #calm: View['calm'] = 'yes';
  #faults = 0;
  #busyClients = 0;
  #allAwakeAt = 0;
  #started = 0;
  readonly #start: number;

  constructor(options: SimulationOptions, ground: Foundation) {
    this.#options = options;
    const { seed, scenario, coverage, trace } = options;
    const counted: FaultPlan = {
      decide: (visit) => {
        const fault = options.faults.decide(visit);
        if (fault !== undefined) this.#faults += 1;
        return fault;
      },
    };
    this.#world = new World({ seed, faults: counted, coverage, trace });
    this.#start = this.#world.now;
    this.#random = new SeededRandom(seed ^ 0x5eed);
    const tell =
      <Facts extends readonly unknown[]>(
        judge: (watcher: Watcher) => ((...facts: Facts) => Finding) | undefined,
      ) =>
      (...facts: Facts): void =>
        this.#hear(judge, facts);
    this.#database = new Database(
      this.#world,
      ground.store(),
      (store) => options.tamper?.store?.(store) ?? store,
    );
    this.#bus = new HintBus(this.#world);
    this.#locks = new LockServer(this.#world);
    this.#outside = new Outside(
      this.#world,
      simulatedHosts(scenario.hosts, scenario.hostMemoryMb),
      {
        sent: tell((watcher) => watcher.sent?.bind(watcher)),
        happened: tell((watcher) => watcher.happened?.bind(watcher)),
      },
    );
    ground.furnish(this.#outside);
    const view = this.#view();
    this.#watchers = INVARIANTS.map((invariant) => ({
      id: `${invariant.id} ${invariant.name}`,
      watcher: invariant.watch(view),
    }));
    const judgeWrite = tell((watcher: Watcher) => watcher.wrote?.bind(watcher));
    this.#database.onWrite = (write) => {
      const { after } = write;
      if (after.removed !== null || isReady(after)) this.#unsettled.delete(after.uuid);
      else this.#unsettled.add(after.uuid);
      judgeWrite(write);
    };
    this.#locks.onLock = tell((watcher) => watcher.lockWas?.bind(watcher));
    this.#bus.onPublish = tell((watcher) => watcher.published?.bind(watcher));
    const stepped = tell((watcher: Watcher) => watcher.stepped?.bind(watcher));
    this.#world.afterStep = stepped;
    this.#world.onSessionLoss = (process, kind) => {
      if (kind === 'paused') this.#allAwakeAt = this.#world.now + LONGEST_STANDSTILL;
      this.#outlived.add(process);
      this.#locks.loseSession(process);
    };
  }

  async run(): Promise<SimulationReport> {
    const { scenario, kernels, troubles } = this.#options;
    const troubled = this.#troubled();
    this.#options.prepare?.(troubled);
    for (let count = 0; count < kernels; count += 1) this.#spawn();
    for (const script of scenario.scripts) {
      this.#busyClients += 1;
      const caller = script.tenant === 'administrator' ? OPERATOR : TENANTS[script.tenant];
      void this.#client(caller)
        .follow(script)
        .then(() => (this.#busyClients -= 1));
    }
    for (const { at, trouble } of troubles)
      this.#world.schedule(this.#start + at, () => {
        if (this.#phase !== 'faults') return;
        if (trouble !== 'bus loses hints') this.#calm = 'no';
        befall(trouble, this.#random, troubled);
      });
    const limit = this.#start + (this.#options.faultsForMs ?? FAULT_PHASE);
    const lastTrouble = Math.max(0, ...troubles.map(({ at }) => at)) + this.#start;
    await this.#world.until(
      () =>
        this.#isOver() ||
        (this.#isAtRest() && this.#world.now > Math.max(lastTrouble, this.#allAwakeAt)),
      limit,
    );
    if (!this.#isOver()) await this.#explainAll();
    return this.#converge(troubled);
  }

  async #converge(troubled: Troubled): Promise<SimulationReport> {
    this.#phase = 'healed';
    this.#world.faults = noFaults;
    heal(troubled);
    this.#operate();
    const healedAt = this.#world.now;
    // Somebody noticed, and asks to have a look taken; else it would be found by the next routine look.
    for (const uuid of this.#meddled) {
      this.#busyClients += 1;
      void this.#lookAt(uuid).finally(() => (this.#busyClients -= 1));
    }
    const ending = await this.#world.until(
      () => this.#isOver() || this.#isAtRest(),
      healedAt + CONVERGENCE,
    );
    const convergedMs = this.#world.now - healedAt;
    if (ending !== 'done' && this.#violation === undefined)
      this.#fail('I1 everything converges', this.#leftovers());
    // What a stranger, a late duplicate or a zombie has left is found by routine looks and sweeps.
    const watched = this.#options.rest === 'watched' || this.#leavings() !== undefined;
    if (watched && this.#violation === undefined) {
      this.#shrink();
      await this.#world.until(() => this.#isOver(), this.#world.now + REST);
      if (!this.#isAtRest() && this.#violation === undefined)
        this.#fail('I1 everything converges', `it did not stay at rest: ${this.#leftovers()}`);
    }
    if (this.#violation === undefined) {
      this.#hear((watcher) => watcher.rested?.bind(watcher), []);
    }
    const end = this.#end();
    const { expectedEnd } = this.#options;
    if (this.#violation === undefined && expectedEnd !== undefined && end !== expectedEnd)
      this.#fail('I19 the end is that of a run without faults', `${end} instead of ${expectedEnd}`);
    for (const { process } of this.#kernels) process.kill();
    const { seed, scenario } = this.#options;
    return {
      seed,
      scenario: scenario.name,
      violation: this.#violation,
      hash: this.#world.trace.hash,
      steps: this.#world.steps,
      faults: this.#faults,
      tookMs: this.#world.now - this.#start,
      convergedMs,
      end,
      trace: this.#world.trace,
      explanations: this.#explanations,
    };
  }

  #spawn(): void {
    this.#started += 1;
    const { hooks, tamper } = this.#options;
    const plugin = tamper?.plugin;
    const kernel = new KernelProcess(`kernel ${this.#started}`, {
      world: this.#world,
      database: this.#database,
      bus: this.#bus,
      locks: this.#locks,
      outside: this.#outside,
      workers: 8,
      hooks,
      plugins: plugin === undefined ? [] : [plugin],
      onLine: (line) => this.#hear((watcher) => watcher.said?.bind(watcher), [line]),
    });
    this.#kernels.push(kernel);
    kernel.process.onDeath(() => {
      this.#kernels = this.#kernels.filter((other) => other !== kernel);
      // A supervisor starts another one after a moment.
      if (!this.#isOver() && this.#phase !== 'rest')
        this.#world.schedule(this.#world.now + 200 + this.#random.below(3_000), () =>
          this.#spawn(),
        );
    });
  }

  #client(caller: Caller): Client {
    return new Client({
      world: this.#world,
      database: this.#database,
      wishes: this.#wishes,
      caller,
      uuidOf: (name) => uuidOf(this.#options.seed, name),
      kernel: () => {
        const ready = this.#kernels.filter((kernel) => kernel.isReady);
        return ready.length === 0 ? undefined : this.#random.pick(ready);
      },
      onAnswer: (wish, answer) =>
        this.#hear((watcher) => watcher.answered?.bind(watcher), [wish, answer]),
    });
  }

  // Nothing that is not as asked may be without a reason, whatever is broken at the moment.
  async #explainAll(): Promise<void> {
    const asked = [...this.#unsettled].map((uuid) => this.#explain(uuid));
    let pending = asked.length;
    for (const each of asked) void each.finally(() => (pending -= 1));
    await this.#world.until(() => pending === 0, this.#world.now + LONGEST_ANSWER);
  }

  async #explain(uuid: ResourceUuid): Promise<void> {
    const kernel = this.#kernels.find((each) => each.isReady);
    if (kernel === undefined) return;
    try {
      const explanation = await kernel.cloud.explain(uuid);
      this.#explanations.push(explanation);
      const { asAsked, verdict, root, suggestions } = explanation;
      if (asAsked === 'no' && (verdict === '' || root === null || suggestions.length === 0))
        this.#fail(
          'I16 whatever is not as asked has a reason and a way on',
          `${verdict === '' ? 'nothing' : verdict} is said of ${uuid}, with ${suggestions.length} suggestions`,
        );
    } catch (thrown) {
      // With the database away nobody can say anything.
      if (!(thrown instanceof PortUnavailable || thrown instanceof RequestError)) throw thrown;
    }
  }

  // An operator who does what the API suggests for whatever is stalled, and nothing else.
  #operate(): void {
    const look = async (): Promise<void> => {
      const kernel = this.#kernels.find((each) => each.isReady);
      for (const row of kernel === undefined ? [] : [...this.#database.store.rows()]) {
        if (kernel !== undefined && row.type === 'orphan') await reap(kernel, row);
        const stalled = stallOf(row);
        if (kernel === undefined || stalled === undefined || row.removed !== null) continue;
        const action = WAYS_OUT.find((way) => stalled.actions.includes(way));
        if (action === undefined) continue;
        const { resources, types } = kernel.cloud;
        const [external] = stalled.externals;
        const input = action === 'keep' && external !== undefined ? { external } : {};
        await resources
          .act(OPERATOR, types.get(row.type), row.id, action, input)
          .catch(() => undefined);
      }
      if (!this.#isOver()) this.#world.schedule(this.#world.now + 20_000, () => void look());
    };
    this.#world.schedule(this.#world.now + 20_000, () => void look());
  }

  // One kernel is enough to watch a cloud at rest, and a quarter of the work of four.
  #shrink(): void {
    const stays = this.#kernels.find((kernel) => kernel.isReady);
    if (stays === undefined) return;
    this.#phase = 'rest';
    for (const kernel of this.#kernels) if (kernel !== stays) kernel.process.kill();
  }

  #leavings(): Finding {
    return exactlyOne.watch(this.#view()).rested?.();
  }

  async #lookAt(uuid: ResourceUuid): Promise<void> {
    const kernel = this.#kernels.find((each) => each.isReady);
    const row = this.#database.row(uuid);
    if (kernel === undefined || row === undefined) return;
    const { resources, types } = kernel.cloud;
    await resources
      .act(OPERATOR, types.get(row.type), row.id, 'reconcile', {})
      .catch(() => undefined);
    await new Promise<void>((resolve) => this.#world.schedule(this.#world.now + LOOK, resolve));
  }

  #isOver(): boolean {
    return this.#violation !== undefined;
  }

  #isAtRest(): boolean {
    return this.#busyClients === 0 && this.#unsettled.size === 0;
  }

  #leftovers(): string {
    const rows = [...this.#unsettled].map((uuid) => {
      const row = this.#database.row(uuid);
      return row === undefined ? uuid : `${row.type} ${row.id} (${saying(row)})`;
    });
    const clients = this.#busyClients > 0 ? [`${this.#busyClients} users still wait`] : [];
    return [...rows, ...clients].join(', ');
  }

  #end(): string {
    const named = this.#options.scenario.scripts.flatMap(({ commands }) =>
      commands.flatMap((command) => (command.do === 'create' ? [command.name] : [])),
    );
    return named
      .map((name) => {
        const row = this.#database.row(uuidOf(this.#options.seed, name));
        if (row === undefined) return `${name}: never made`;
        if (row.removed !== null) return `${name}: removed`;
        const { desiredState, offering, sizeGb, domain } = row.spec;
        const parts = Object.keys(row.parts).toSorted().join('+');
        const spec = [desiredState, offering, sizeGb, domain].filter(
          (value) => value !== undefined,
        );
        return `${name}: ${isReady(row) ? 'ready' : 'not ready'} ${spec.join(' ')} ${parts}`;
      })
      .join('; ');
  }

  #hear<Facts extends readonly unknown[]>(
    judge: (watcher: Watcher) => ((...facts: Facts) => Finding) | undefined,
    facts: Facts,
  ): void {
    if (this.#violation !== undefined) return;
    for (const { id, watcher } of this.#watchers) {
      const finding = judge(watcher)?.(...facts);
      if (finding !== undefined) this.#fail(id, finding);
    }
  }

  #fail(invariant: string, message: string): void {
    this.#violation ??= {
      invariant,
      message,
      step: this.#world.steps,
      at: this.#world.now - this.#start,
    };
  }

  #troubled(): Troubled {
    return {
      world: this.#world,
      database: this.#database,
      bus: this.#bus,
      locks: this.#locks,
      outside: this.#outside,
      kernels: () => this.#kernels,
      onMeddling: (uuid) => this.#meddled.add(asUuid(uuid)),
    };
  }

  #view(): View {
    const phase = (): View['phase'] => this.#phase;
    const calm = (): View['calm'] => (this.#faults === 0 ? this.#calm : 'no');
    return {
      world: this.#world,
      database: this.#database,
      outside: this.#outside,
      locks: this.#locks,
      wishes: this.#wishes,
      secrets: [ADMINISTRATOR_KEY.secretValue],
      outlived: this.#outlived,
      meddled: this.#meddled,
      get phase() {
        return phase();
      },
      get calm() {
        return calm();
      },
    };
  }
}

/** What an operator does about what is stalled, the first that is offered: none of it gives up what users asked for. */
const WAYS_OUT = ['recreate', 'keep', 'reconcile'] as const;

// Data that nobody owns goes no further than quarantine by itself.
async function reap({ cloud }: KernelProcess, row: Resource): Promise<void> {
  if (row.removed !== null || typeof row.status['quarantinedAt'] !== 'number') return;
  const type = cloud.types.get(row.type);
  await cloud.resources.act(OPERATOR, type, row.id, 'reap', {}).catch(() => undefined);
}

// Version 7 with the scenario's own time and digits: the same in every run of a seed.
function uuidOf(seed: number, name: string): ResourceUuid {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
  const digits = (number: number, count: number): string =>
    (number >>> 0).toString(16).padStart(8, '0').slice(-count);
  return asUuid(
    `019b7650-${digits(hash, 4)}-7${digits(seed, 3)}-8000-${digits(seed, 4)}${digits(hash, 8)}`,
  );
}

function saying(row: Resource): string {
  const condition = conditionOf(row.conditions, 'Reconciled');
  return `${row.outcome ?? 'never passed'}: ${condition?.message ?? 'nothing is known'}`;
}
