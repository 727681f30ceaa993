import { type Comparison, differences, errorDifferences } from './compare.js';
import { call, type Line, type RawAnswer, type Reply } from './line.js';
import { reduced, withoutFields } from './reduce.js';
import { isList, isMap, plain, type Scenario, type Step, type Value } from './scenario.js';
import { filled, Symbols, shown } from './symbols.js';
import { Observer } from './view.js';

/** How one step went. */
export interface StepReport {
  readonly id: string;
  /** The message, or the raw request. */
  readonly what: string;
  /** Empty when the answer is the recorded one. */
  readonly differences: readonly string[];
}

/** Limits of a playback. */
export interface PlaybackOptions {
  /** After how long a call counts as not answered where the recording says so. A real recording waited 20 s. */
  readonly silenceMs?: number | undefined;
}

/** A slow call takes longer than this. */
const WAITED_MS = 1000;
const SETTLE_MS = 25;
const SETTLE_ROUNDS = 80;

/** Plays a scenario on the pool that `line` leads to, which has to be the scenario's fresh fixture; one report a compared step. */
export async function play(
  scenario: Scenario,
  line: Line,
  options: PlaybackOptions = {},
): Promise<readonly StepReport[]> {
  const playback = await Playback.begin(scenario, line, options);
  const reports: StepReport[] = [];
  for (const step of scenario.steps) {
    const found = await playback.play(step);
    if (found === undefined) continue;
    reports.push({
      id: step.id ?? '',
      what: step.call ?? `${step.http?.method} ${step.http?.path}`,
      differences: found,
    });
  }
  return reports;
}

type Found = readonly string[] | undefined;

const UUID_CLASSES = 'VM VDI VBD VIF network VLAN PIF SR PBD host pool task console SM'.split(' ');

class Playback {
  readonly #line: Line;
  readonly #dropped: ReadonlySet<string>;
  readonly #symbols = new Symbols();
  readonly #observer: Observer;
  readonly #session: string;
  readonly #silenceMs: number;

  static async begin(
    scenario: Scenario,
    line: Line,
    { silenceMs = 1500 }: PlaybackOptions,
  ): Promise<Playback> {
    const session = await login(line, 'observer');
    const playback = new Playback(scenario, line, session, silenceMs);
    await playback.#bindFixture(scenario.fixture);
    return playback;
  }

  private constructor(scenario: Scenario, line: Line, session: string, silenceMs: number) {
    this.#line = line;
    this.#dropped = new Set(scenario.dropped);
    this.#session = session;
    this.#observer = new Observer(line, session);
    this.#silenceMs = silenceMs;
  }

  /** Undefined for steps without something to compare. */
  async play(step: Step): Promise<Found> {
    if (step.sleep !== undefined) await this.#line.sleep(Number(plain(step.sleep)) * 1000);
    if (step.wait !== undefined) await this.#waitFor(String(filled(step.wait, this.#symbols)));
    if (step.skipped !== undefined) return undefined;
    if (step.http !== undefined) return this.#playRaw(step);
    return step.call === undefined ? undefined : this.#playCall(step, step.call);
  }

  async #playCall(step: Step, method: string): Promise<Found> {
    const started = this.#line.now();
    const params = (step.params ?? []).map((item) => filled(item, this.#symbols));
    const timeout = step.no_answer === undefined ? undefined : this.#silenceMs;
    const reply = await call(this.#line, method, params, timeout);
    const waited = this.#line.now() - started > WAITED_MS;
    const bound = await this.#bind(step, method, reply);
    const comparison = this.#comparison(step);
    const found = [...bound, ...this.#ofReply(step, reply, comparison)];
    if (step.timed === true && waited !== step.waited) {
      found.push(`recorded ${step.waited ? 'a wait' : 'no wait'}, answered otherwise`);
    }
    found.push(...(await this.#ofStates(step, comparison)));
    if (found.length === 0) this.#symbols.become(comparison.symbols);
    return step.stand_in === true ? undefined : found;
  }

  #comparison(step: Step): Comparison {
    const { unstable = [] } = step;
    return { symbols: this.#symbols.clone(), unstable, ordered: false };
  }

  #ofReply(step: Step, reply: Reply, comparison: Comparison): readonly string[] {
    if (step.no_answer !== undefined) {
      return reply.kind === 'none' ? [] : [`recorded no answer, answered ${JSON.stringify(reply)}`];
    }
    if (reply.kind === 'none') return ['no answer'];
    if (step.error !== undefined) {
      const answered = reply.kind === 'error' ? reply.error : { result: reply.result };
      return errorDifferences(step.error.map(plain), answered, comparison, '/error');
    }
    const recorded = plain(step.result ?? null);
    if (reply.kind === 'error') {
      const error = JSON.stringify(shown(reply.error, comparison.symbols));
      return [`recorded a result, answered the error ${error}`];
    }
    const kept = reduced(step.reduce, reply.result, recorded);
    return differences(recorded, withoutFields(kept, this.#dropped), comparison, '/result');
  }

  async #ofStates(step: Step, comparison: Comparison): Promise<readonly string[]> {
    if (step.after === undefined) return [];
    let before = '';
    for (let round = 0; ; round += 1) {
      const states = await this.#states(step.after);
      const text = JSON.stringify(states);
      if (step.in_flight === true || text === before || round === SETTLE_ROUNDS) {
        return Object.entries(step.after).flatMap(([key, view]) =>
          differences(plain(view), states[key], comparison, `/after/${key}`),
        );
      }
      before = text;
      await this.#line.sleep(SETTLE_MS);
    }
  }

  async #states(
    recorded: Readonly<Record<string, Value>>,
  ): Promise<Readonly<Record<string, Value>>> {
    const states: Record<string, Value> = {};
    for (const [key, view] of Object.entries(recorded)) {
      const [className = '', symbol = ''] = key.split(' ');
      const ref = this.#symbols.valueOf(symbol.slice(1));
      states[key] =
        ref === undefined ? ['(unbound)'] : await this.#observer.view(className, ref, view);
    }
    return states;
  }

  async #bind(step: Step, method: string, reply: Reply): Promise<readonly string[]> {
    if (reply.kind !== 'result') return [];
    const surprises: string[] = [];
    for (const [name, path] of Object.entries(step.bind ?? {})) {
      let value: Value | undefined = { result: reply.result };
      for (const part of path.split('.')) {
        if (isList(value)) value = value[Number(part)];
        else value = isMap(value) ? value[part] : undefined;
      }
      if (typeof value !== 'string') continue;
      if (!this.#symbols.bind(name, value)) surprises.push(`$${name} is not what it was before`);
      const className = method.startsWith('Async.') ? 'task' : (method.split('.')[0] ?? '');
      if (value.startsWith('OpaqueRef:')) await this.#bindUuid(name, value, className);
    }
    return surprises;
  }

  async #bindUuid(name: string, ref: string, likely: string): Promise<void> {
    const others = UUID_CLASSES.filter((className) => className !== likely);
    for (const className of likely === 'session' ? [likely] : [likely, ...others]) {
      const reply = await call(this.#line, `${className}.get_uuid`, [this.#session, ref]);
      if (reply.kind !== 'result') continue;
      this.#symbols.bind(`${name}.uuid`, String(reply.result));
      return;
    }
  }

  async #waitFor(task: string): Promise<void> {
    for (;;) {
      const reply = await call(this.#line, 'task.get_status', [this.#session, task]);
      if (reply.kind !== 'result' || reply.result !== 'pending') return;
      await this.#line.sleep(SETTLE_MS);
    }
  }

  async #playRaw(step: Step): Promise<Found> {
    const { http } = step;
    if (http === undefined) return undefined;
    const body = String(filled(http.body ?? '', this.#symbols));
    const timeout = step.no_answer === undefined ? 20_000 : this.#silenceMs;
    const answer = await this.#line.exchange({ ...http, body }, timeout);
    const comparison = { ...this.#comparison(step), ordered: true };
    const found = ofRawAnswer(step, answer, comparison);
    if (found.length === 0) this.#symbols.become(comparison.symbols);
    return step.stand_in === true ? undefined : found;
  }

  async #bindFixture(fixture: Scenario['fixture']): Promise<void> {
    const symbols = this.#symbols;
    const session = await login(this.#line, 'fixture');
    symbols.bind('session', session);
    const rows = async (className: string): Promise<readonly (readonly [string, Value])[]> => {
      const reply = await call(this.#line, `${className}.get_all_records`, [this.#session]);
      return reply.kind === 'result' && isMap(reply.result) ? Object.entries(reply.result) : [];
    };
    const field = (row: Value | undefined, name: string): string =>
      isMap(row) ? String(row[name]) : '';
    const bind = (name: string, [ref, row]: readonly [string, Value]): void => {
      symbols.bind(name, ref);
      symbols.bind(`${name}.uuid`, field(row, 'uuid'));
    };
    const networks = await rows('network');
    for (const [ref, row] of networks) {
      bind(field(row, 'bridge') === 'xenapi' ? 'himn' : 'mgmt_net', [ref, row]);
    }
    for (const [name, className] of [
      ['pool', 'pool'],
      ['dom0', 'VM'],
      ['pif', 'PIF'],
      ['host', 'host'],
      ...(fixture === 'base' ? [['sr', 'SR'] as const, ['pbd', 'PBD'] as const] : []),
    ] as const) {
      const [first] = await rows(className);
      if (first !== undefined) bind(name, first);
    }
    const [host] = await rows('host');
    symbols.bind('hostname', field(host?.[1], 'hostname'));
    symbols.bind('host_address', field(host?.[1], 'address'));
    const [manager] = await rows('SM');
    symbols.bind('sr_type', field(manager?.[1], 'type'));
  }
}

async function login(line: Line, originator: string): Promise<string> {
  const reply = await call(line, 'session.login_with_password', [
    'root',
    'secret',
    '1.0',
    originator,
  ]);
  if (reply.kind !== 'result') throw new Error(`login: ${JSON.stringify(reply)}`);
  return String(reply.result);
}

function ofRawAnswer(
  step: Step,
  answer: RawAnswer | undefined,
  comparison: Comparison,
): readonly string[] {
  if (step.no_answer !== undefined) {
    return answer === undefined ? [] : [`recorded no answer, answered ${answer.status}`];
  }
  if (answer === undefined) return ['no answer'];
  return [
    ...differences(plain(step.http_status ?? null), answer.status, comparison, '/http_status'),
    ...differences(step.content_type ?? null, answer.contentType, comparison, '/content_type'),
    ...(step.json === undefined
      ? differences(step.text ?? '', answer.body.slice(0, 2000), comparison, '/text')
      : differences(plain(step.json), parsed(answer.body), comparison, '/json')),
  ];
}

function parsed(body: string): Value {
  try {
    return JSON.parse(body) as Value;
  } catch {
    return { 'not json': body.slice(0, 200) };
  }
}
