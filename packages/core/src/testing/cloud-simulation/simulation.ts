import type { Explanation } from '../../kernel/explain/explanation.js';
import type { Caller } from '../../kernel/resources.js';
import { asUuid, type ResourceUuid } from '../../model/identity.js';
import { isReady } from '../../model/state.js';
import { type FaultPlan, noFaults } from '../simulator/fault.js';
import type { Process } from '../simulator/process.js';
import { SeededRandom } from '../simulator/seeded-random.js';
import { World } from '../simulator/world.js';
import { Client, type ClientOptions } from './client.js';
import { Database } from './database.js';
import { endOf, reasonOf, uuidOf } from './ending.js';
import type { Finding, View } from './facts.js';
import { EMPTY, type Foundation, foundation, OPERATOR, TENANTS } from './foundation.js';
import { HintBus } from './hint-bus.js';
import { INVARIANTS } from './invariants/invariants.js';
import { exactlyOne } from './invariants/outside.js';
import { Jury } from './jury.js';
import { ADMINISTRATOR_KEY, KernelProcess } from './kernel-process.js';
import { LockServer } from './lock-server.js';
import { openSealed } from './open-sealed.js';
import { emptiness, Operator } from './operator.js';
import { Outside, simulatedHosts } from './outside.js';
import { PASSWORD } from './scenario.js';
import type { SimulationOptions, SimulationReport, Violation } from './simulation-options.js';
import { befall, heal, type Troubled } from './troubles.js';
import { Wishes } from './wishes.js';

/** How long faults and troubles may happen, at most; virtual milliseconds. */
const FAULT_PHASE = 4 * 60_000;
/** How long to wait for a process that stands still: what it does when it wakes belongs to the run. */
const LONGEST_STANDSTILL = 50_000;
/** How long everything may take to come to rest once all is healed. */
const CONVERGENCE = 75 * 60_000;
/** How long an explanation may take, with everything broken that can be; virtual milliseconds. */
const LONGEST_ANSWER = 5 * 60_000;
/** How long it is watched at rest: two sweeps for orphans, and a routine look at everything. */
const REST = 80 * 60_000;

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
  readonly #jury: Jury;
  readonly #said: (line: string) => void;
  readonly #answered: ClientOptions['onAnswer'];
  readonly #told: ClientOptions['onTold'];
  readonly #letIn: ClientOptions['onLetIn'];
  readonly #operator: Operator;
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
    this.#database = new Database(
      this.#world,
      ground.store(),
      (store) => options.tamper?.store?.(store) ?? store,
    );
    this.#bus = new HintBus(this.#world);
    this.#locks = new LockServer(this.#world, 2);
    this.#outside = new Outside(
      this.#world,
      simulatedHosts(scenario.hosts, scenario.hostMemoryMb),
      {
        sent: (...facts) => sent(...facts),
        happened: (event) => happened(event),
      },
      scenario.shares,
    );
    ground.furnish(this.#outside);
    this.#jury = new Jury(INVARIANTS, this.#view());
    const sent = this.#jury.hearing((watcher) => watcher.sent?.bind(watcher));
    const happened = this.#jury.hearing((watcher) => watcher.happened?.bind(watcher));
    const wrote = this.#jury.hearing((watcher) => watcher.wrote?.bind(watcher));
    const stepped = this.#jury.hearing((watcher) => watcher.stepped?.bind(watcher));
    this.#said = this.#jury.hearing((watcher) => watcher.said?.bind(watcher));
    this.#answered = this.#jury.hearing((watcher) => watcher.answered?.bind(watcher));
    this.#told = this.#jury.hearing((watcher) => watcher.told?.bind(watcher));
    this.#letIn = this.#jury.hearing((watcher) => watcher.letIn?.bind(watcher));
    this.#operator = new Operator({
      world: this.#world,
      database: this.#database,
      kernel: () => this.#kernels.find((kernel) => kernel.isReady),
    });
    this.#database.onWrite = (write) => {
      const { after } = write;
      if (after.removed !== null || isReady(after)) this.#unsettled.delete(after.uuid);
      else this.#unsettled.add(after.uuid);
      wrote(write);
    };
    this.#locks.onLock = this.#jury.hearing((watcher) => watcher.lockWas?.bind(watcher));
    this.#bus.onPublish = this.#jury.hearing((watcher) => watcher.published?.bind(watcher));
    this.#world.afterStep = () => {
      stepped();
      this.#listen();
    };
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
    this.#operator.goRounds();
    const healedAt = this.#world.now;
    // Somebody noticed, and asks to have a look taken; else it would be found by the next routine look.
    for (const uuid of this.#options.rest === 'watched' ? [] : this.#meddled) {
      this.#busyClients += 1;
      void this.#operator.lookAt(uuid).finally(() => (this.#busyClients -= 1));
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
    const rested = this.#jury.hearing((watcher) => watcher.rested?.bind(watcher));
    if (this.#violation === undefined) rested();
    this.#listen();
    const { seed, scenario, expectedEnd } = this.#options;
    const end = endOf(scenario, seed, this.#database);
    if (this.#violation === undefined && expectedEnd !== undefined && end !== expectedEnd)
      this.#fail('I19 the end is that of a run without faults', `${end} instead of ${expectedEnd}`);
    for (const { process } of this.#kernels) process.kill();
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
      onLine: this.#said,
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
      onAnswer: this.#answered,
      onTold: this.#told,
      onLetIn: this.#letIn,
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
    const explanation = await this.#operator.explain(uuid);
    if (explanation === undefined) return;
    this.#explanations.push(explanation);
    const finding = emptiness(explanation);
    if (finding !== undefined)
      this.#fail('I16 whatever is not as asked has a reason and a way on', finding);
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

  #isOver(): boolean {
    return this.#violation !== undefined;
  }

  #isAtRest(): boolean {
    return this.#busyClients === 0 && this.#unsettled.size === 0;
  }

  #leftovers(): string {
    const rows = [...this.#unsettled].flatMap((uuid) => this.#database.row(uuid) ?? []);
    const clients = this.#busyClients > 0 ? [`${this.#busyClients} users still wait`] : [];
    return [...rows.map(reasonOf), ...clients].join(', ');
  }

  // What the jury has found is found at this step.
  #listen(): void {
    const { verdict } = this.#jury;
    if (verdict !== undefined && this.#violation === undefined)
      this.#fail(verdict.invariant, verdict.message);
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
      open: openSealed,
      outside: this.#outside,
      locks: this.#locks,
      wishes: this.#wishes,
      secrets: [ADMINISTRATOR_KEY.secretValue, PASSWORD],
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
