import { performance } from 'node:perf_hooks';
import { withFolder } from '../measure.js';
import { type Figure, figure } from '../report/figure.js';
import { PASSWORD, startPool } from './pool-process.js';
import { rawPool, refIn, refsIn } from './raw-pool.js';
import type { XenserverOptions, XenserverPart } from './xenserver-part.js';

/** How many clients call at the same time. */
const CLIENTS = 8;
const CALLS = 12_000;
/** Not counted: what the engine needs to know the code. */
const WARM_UP = 3_000;

/** How many calls a simulated pool answers on one core. */
export const callsPerSecond: XenserverPart = {
  name: 'simulator',
  what: 'how many calls the simulator answers on one core',
  measure: (options) => withFolder(options.folder, (folder) => measure(folder, options)),
};

async function measure(folder: string, { tell }: XenserverOptions): Promise<readonly Figure[]> {
  await using pool = await startPool(folder);
  await using raw = await rawPool(pool.url, PASSWORD);
  const [vm = ''] = refsIn(await raw.call('VM.get_all'));
  const network = refIn(await raw.call('network.create', networkRecord('bench')));
  // What clients do most: read a record, read a field, change a field.
  const mix: readonly (() => Promise<unknown>)[] = [
    () => raw.call('VM.get_record', vm),
    () => raw.call('network.get_name_label', network),
    () => raw.call('VM.get_power_state', vm),
    () => raw.call('network.set_name_description', network, 'measured'),
  ];
  const run = async (calls: number): Promise<void> => {
    let begun = 0;
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        while (begun < calls) {
          const call = mix[begun % mix.length];
          begun += 1;
          await call?.();
        }
      }),
    );
  };
  await run(WARM_UP);
  const before = await pool.process.usage();
  const begin = performance.now();
  await run(CALLS);
  const wallMs = performance.now() - begin;
  const cpuMs = (await pool.process.usage()).cpuMs - before.cpuMs;
  tell(
    `${CALLS} calls in ${Math.round(wallMs)} ms, ${Math.round(cpuMs)} ms of them on a processor`,
  );
  return [
    figure('simulator: calls a second of one core', (CALLS / cpuMs) * 1000, '/s', { least: 2_000 }),
    figure(
      'simulator: calls a second, the client on the same machine',
      (CALLS / wallMs) * 1000,
      '/s',
    ),
  ];
}

function networkRecord(name: string): object {
  return { name_label: name, name_description: '', MTU: '1500', other_config: {}, tags: [] };
}
