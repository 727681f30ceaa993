import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { startCloud } from '../cloud.js';
import { RawFault, type RawPool, send } from '../raw-pool.js';

/** Answers recorded from a real XAPI; not part of the repository, so the tests are skipped where they are not. */
const GOLDEN =
  process.env['GDCLOUD_XAPI_GOLDEN'] ??
  join(dirname(fileURLToPath(import.meta.url)), '../../../../../shared/data/xapi-golden');

/** Scenarios that the simulator follows, with the steps where it is known to differ. */
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  'errors-invalid-refs-1': [],
  // Enumerations and the emptiness of map keys are not checked; start_delay is a plain field.
  'errors-methods': ['s60', 's63', 's65', 's73', 's83', 's84'],
  'event-from-basic': [],
  'get-all-consistency': [],
  // An unknown user and a wrong password are told apart.
  'session-login': ['s4'],
  'vbd-hotplug': ['s19', 's33', 's34', 's35'],
  // The host-internal network is not simulated.
  'vif-basic': ['s79'],
  'vif-hotplug': ['s18', 's21'],
  'vm-lifecycle-bare': [],
  'vm-lifecycle-hvm': ['s27'],
  'vm-lifecycle-no-tools': [],
  'vm-verbs-halted': ['s173'],
  // Setters of single memory limits are plain fields.
  'vm-verbs-running': ['s103', 's107', 's203', 's231', 's235'],
  vlan: ['s43', 's50', 's51', 's54'],
};

interface Step {
  readonly id?: string;
  readonly call?: string;
  readonly params?: readonly unknown[];
  readonly result?: unknown;
  readonly error?: readonly unknown[];
  readonly bind?: Readonly<Record<string, string>>;
  readonly wait?: string;
  readonly reduce?: string;
  readonly stand_in?: boolean;
}

type Symbols = Map<string, string>;

/** Puts the values of symbols in; what is not bound stays as it is. */
function filled(value: unknown, symbols: Symbols): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$[a-z0-9_]+(\.uuid)?/gi, (symbol) => symbols.get(symbol) ?? symbol);
  }
  if (Array.isArray(value)) return value.map((item: unknown) => filled(item, symbols));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, filled(item, symbols)]),
  );
}

/** Whether an answer is the recorded one. Symbols that nothing bound stand for anything. */
function agrees(recorded: unknown, answered: unknown): boolean {
  if (typeof recorded === 'string' && recorded.includes('$')) return typeof answered === 'string';
  if (Array.isArray(recorded)) {
    return (
      Array.isArray(answered) &&
      recorded.length === answered.length &&
      recorded.every((item, index) => agrees(item, answered[index]))
    );
  }
  return recorded === answered;
}

async function fixture(raw: RawPool): Promise<Symbols> {
  const symbols: Symbols = new Map([['$session', raw.session]]);
  const classes = {
    host: 'host',
    pool: 'pool',
    dom0: 'VM',
    pif: 'PIF',
    mgmt_net: 'network',
    sr: 'SR',
    pbd: 'PBD',
  };
  for (const [symbol, className] of Object.entries(classes)) {
    const [ref] = (await raw.call(`${className}.get_all`)) as readonly string[];
    symbols.set(`$${symbol}`, String(ref));
  }
  return symbols;
}

async function bind(raw: RawPool, step: Step, result: unknown, symbols: Symbols): Promise<void> {
  for (const [name, path] of Object.entries(step.bind ?? {})) {
    let value: unknown = { result };
    for (const part of path.split('.')) value = (value as Record<string, unknown>)[part];
    if (typeof value !== 'string') continue;
    symbols.set(`$${name}`, value);
    const className = step.call?.replace(/^Async\./, '').split('.')[0];
    if (step.call?.endsWith('.create') !== true) continue;
    symbols.set(`$${name}.uuid`, String(await raw.call(`${className}.get_uuid`, value)));
  }
}

for (const [name, deviations] of Object.entries(SCENARIOS)) {
  const file = join(GOLDEN, `${name}.json`);
  t.test(
    `${name} is answered as a real XAPI answers it`,
    { skip: !existsSync(file) },
    async (t) => {
      const { raw, simulator } = await startCloud(t, {
        hosts: 1,
        storageFolder: undefined,
        powerLatencyMs: 0,
      });
      const symbols = await fixture(raw);
      const { steps } = JSON.parse(readFileSync(file, 'utf8')) as {
        readonly steps: readonly Step[];
      };
      for (const step of steps) {
        if (step.wait !== undefined) {
          while ((await raw.call('task.get_status', filled(step.wait, symbols))) === 'pending');
        }
        if (step.call === undefined || step.stand_in === true) continue;
        let answer: unknown;
        try {
          answer = await send(
            simulator.url,
            step.call,
            filled(step.params, symbols) as readonly unknown[],
          );
          await bind(raw, step, answer, symbols);
        } catch (error) {
          if (!(error instanceof RawFault)) throw error;
          answer = [error.code, ...error.data];
        }
        const comparable = step.reduce === undefined && typeof step.result !== 'object';
        // Not all that a real XAPI can do is simulated; what is must be right.
        const skipped = Array.isArray(answer) && answer[0] === 'NOT_IMPLEMENTED';
        if (skipped || deviations.includes(step.id ?? '')) continue;
        const internal = step.error?.[0] === 'INTERNAL_ERROR';
        const recorded = internal
          ? step.error?.slice(0, 1)
          : filled(step.error ?? step.result, symbols);
        const shown = internal && Array.isArray(answer) ? answer.slice(0, 1) : answer;
        if (step.error === undefined && !comparable) continue;
        if (agrees(recorded, shown)) t.pass();
        else t.same(shown, recorded, `${step.id} ${step.call}`);
      }
    },
  );
}
