import { performance } from 'node:perf_hooks';
import { withFolder } from '../measure.js';
import { type Figure, figure } from '../report/figure.js';
import { PASSWORD, type PoolProcess, startPool } from './pool-process.js';
import { type RawPool, rawPool, refIn } from './raw-pool.js';
import { vmRecord } from './server-record.js';
import type { XenserverOptions, XenserverPart } from './xenserver-part.js';

/** How many clients call at the same time. */
const CLIENTS = 8;
const LEAST = 2_000;
/** What a pool has besides its hosts' own domains, so that lists and lookups cost what they cost in use. */
const VMS = 100;
/** Keys of a map that grows and shrinks: a client that keeps notes in `other_config`. */
const KEYS = 500;

/** One kind of calls, measured by itself. */
interface Mix {
  readonly name: string;
  readonly calls: number;
  /** The least calls a second of one core, where a limit makes sense. */
  readonly least?: number;
  /** Makes the call of number `index`. */
  readonly call: (index: number) => Promise<unknown>;
}

/** How many calls a simulated pool answers on one core. */
export const callsPerSecond: XenserverPart = {
  name: 'simulator',
  what: 'how many calls the simulator answers on one core',
  measure: (options) => withFolder(options.folder, (folder) => measure(folder, options)),
};

async function measure(folder: string, options: XenserverOptions): Promise<readonly Figure[]> {
  await using pool = await startPool(folder);
  await using raw = await rawPool(pool.url, PASSWORD);
  const vms: string[] = [];
  for (let index = 0; index < VMS; index += 1) {
    vms.push(refIn(await raw.call('VM.create', vmRecord(`bench ${index}`))));
  }
  const figures: Figure[] = [];
  for (const mix of mixes(raw, vms)) figures.push(...(await rate(pool, mix, options)));
  figures.push(...(await withListeners(pool, raw, vms, options)));
  return figures;
}

function mixes(raw: RawPool, vms: readonly string[]): readonly Mix[] {
  const vm = (index: number): string => vms[index % vms.length] ?? '';
  const [first = ''] = vms;
  return [
    { name: 'mixed', calls: 12_000, least: LEAST, call: mixed(raw, vms) },
    {
      name: 'VM.get_record',
      calls: 6_000,
      least: LEAST,
      call: (index) => raw.call('VM.get_record', vm(index)),
    },
    {
      name: `add_to_ and remove_from_other_config of up to ${KEYS} keys`,
      calls: 4 * KEYS,
      least: LEAST,
      call: (index) =>
        index % (2 * KEYS) < KEYS
          ? raw.call('VM.add_to_other_config', first, `note ${index % KEYS}`, `about ${index}`)
          : raw.call('VM.remove_from_other_config', first, `note ${index % KEYS}`),
    },
    {
      name: 'VM.get_all_records',
      calls: 200,
      call: () => raw.call('VM.get_all_records'),
    },
  ];
}

/** What clients do most: read a record, read a field, change a field, take a note and strike it out. */
function mixed(raw: RawPool, vms: readonly string[]): Mix['call'] {
  const steps: readonly ((vm: string, index: number) => Promise<unknown>)[] = [
    (vm) => raw.call('VM.get_record', vm),
    (vm) => raw.call('VM.get_name_label', vm),
    (vm) => raw.call('VM.get_power_state', vm),
    (vm, index) => raw.call('VM.set_name_description', vm, `measured ${index}`),
    async (vm, index) => {
      await raw.call('VM.add_to_other_config', vm, `note ${index}`, 'taken');
      await raw.call('VM.remove_from_other_config', vm, `note ${index}`);
    },
  ];
  return async (index) => {
    const vm = vms[Math.floor(index / steps.length) % vms.length] ?? '';
    await steps[index % steps.length]?.(vm, index);
  };
}

/** The mixed calls while clients listen for events, as the driver does: every change is told to each of them. */
async function withListeners(
  pool: PoolProcess,
  raw: RawPool,
  vms: readonly string[],
  options: XenserverOptions,
): Promise<readonly Figure[]> {
  let listening = true;
  const listen = async (): Promise<void> => {
    await using own = await rawPool(pool.url, PASSWORD);
    let token = '';
    while (listening) token = tokenIn(await own.call('event.from', ['*'], token, 1));
  };
  const listeners = [listen(), listen()];
  try {
    const mix = { name: 'mixed, with two listeners for events', calls: 12_000, least: LEAST };
    return await rate(pool, { ...mix, call: mixed(raw, vms) }, options);
  } finally {
    listening = false;
    await Promise.all(listeners);
  }
}

async function rate(
  pool: PoolProcess,
  { name, calls, least, call }: Mix,
  { tell }: XenserverOptions,
): Promise<readonly Figure[]> {
  const run = async (count: number): Promise<void> => {
    let begun = 0;
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        while (begun < count) {
          begun += 1;
          await call(begun - 1);
        }
      }),
    );
  };
  // Not counted: what the engine needs to know the code. Half, so that a map is as empty after it as before.
  await run(calls / 2);
  const before = await pool.process.usage();
  const begin = performance.now();
  await run(calls);
  const wallMs = performance.now() - begin;
  const cpuMs = (await pool.process.usage()).cpuMs - before.cpuMs;
  tell(`${name}: ${calls} in ${Math.round(wallMs)} ms, ${Math.round(cpuMs)} ms on a processor`);
  const limit = least === undefined ? {} : { least };
  return [
    figure(`simulator: ${name}, a second of one core`, (calls / cpuMs) * 1000, '/s', limit),
    figure(`simulator: ${name}, a second on the clock`, (calls / wallMs) * 1000, '/s'),
  ];
}

function tokenIn(answer: unknown): string {
  if (typeof answer === 'object' && answer !== null && 'token' in answer) {
    return String(answer.token);
  }
  throw new TypeError(`no token: ${JSON.stringify(answer)}`);
}
