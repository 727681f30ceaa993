import { parseArgs } from 'node:util';
import { orderOf } from '../datamodel/releases.js';
import type { Fixture } from './fresh-host.js';
import type { SimulatorOptions } from './simulator.js';

/** What a command line asks for. */
export type Wanted =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'simulate';
      readonly options: SimulatorOptions;
      /** The file whose text is the option `dump`. */
      readonly dumpFile: string | undefined;
    };

/** What `--help` shows. */
export const HELP = `Usage: driver-xenserver simulate [options]

Serves a simulated XenServer pool, over JSON-RPC and XML-RPC, to user root until it is stopped.

  --port N           port to listen on (default: any free one)
  --host ADDRESS     address to listen on (default: 127.0.0.1)
  --state DIR        keep the pool's database in this folder, and go on with what is there (default: in memory)
  --hosts N          hosts of a new pool (default: 2)
  --memory MIB       memory of each host of a new pool (default: 524288)
  --cpus N           CPUs of each host of a new pool (default: 64)
  --latency MS       how long operations on VMs and their devices take (default: 20 and 5)
  --as-of RELEASE    answer as that release does: boston, tampa, clearwater, …, 24.16.0, latest (default)
  --storage DIR      folder of <uuid>.vhd files, shown as the pool's storage repository
  --gc-after MS      after that long a scan has removed and merged bases of disks (default: never)
  --fixture NAME     begin as one freshly installed host as of 24.16.0: "bare", or "base" with local storage
  --dump FILE        begin as the pool whose database was dumped into this file
  --password TEXT    password of user root (default: secret)
  --help             show this
`;

const MOST_HOSTS = 64;
const MOST_MEMORY_MIB = 64 * 1024 * 1024;
const MOST_CPUS = 4096;
const LONGEST_MS = 600_000;
const LAST_PORT = 65_535;

/** Reads a command line, without the program's own name. Throws an error whose message says what is wrong with it. */
export function readArguments(args: readonly string[]): Wanted {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      state: { type: 'string' },
      hosts: { type: 'string' },
      'as-of': { type: 'string' },
      memory: { type: 'string' },
      cpus: { type: 'string' },
      latency: { type: 'string' },
      storage: { type: 'string' },
      'gc-after': { type: 'string' },
      fixture: { type: 'string' },
      dump: { type: 'string' },
      password: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return { kind: 'help' };
  const [command, surplus] = positionals;
  if (command === undefined) throw new Error('say what to do: simulate');
  if (command !== 'simulate') throw new Error(`there is no command ${JSON.stringify(command)}`);
  if (surplus !== undefined) throw new Error(`${JSON.stringify(surplus)} is one word too many`);
  const fixture = readFixture(values.fixture);
  for (const other of ['hosts', 'memory', 'cpus', 'dump', 'storage'] as const) {
    if (fixture !== undefined && values[other] !== undefined) {
      throw new Error(`--fixture says already what --${other} would`);
    }
  }
  if (values['as-of'] !== undefined) orderOf(values['as-of']);
  const latencyMs = readNumber('--latency', values.latency, [0, LONGEST_MS]);
  const options: SimulatorOptions = {
    port: readNumber('--port', values.port, [0, LAST_PORT]),
    host: values.host,
    state: values.state,
    hosts: readNumber('--hosts', values.hosts, [1, MOST_HOSTS]),
    hostMemoryMb: readNumber('--memory', values.memory, [1, MOST_MEMORY_MIB]),
    hostCpuCount: readNumber('--cpus', values.cpus, [1, MOST_CPUS]),
    powerLatencyMs: latencyMs,
    deviceLatencyMs: latencyMs,
    asOf: values['as-of'],
    storageFolder: values.storage,
    collectGarbageAfterMs: readNumber('--gc-after', values['gc-after'], [0, LONGEST_MS]),
    fixture,
    password: values.password,
  };
  return { kind: 'simulate', options, dumpFile: values.dump };
}

function readFixture(text: string | undefined): Fixture | undefined {
  if (text === undefined || text === 'bare' || text === 'base') return text;
  throw new Error(`--fixture is bare or base, not ${JSON.stringify(text)}`);
}

function readNumber(
  flag: string,
  text: string | undefined,
  [least, most]: readonly [number, number],
): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new Error(`${flag} is a number from ${least} to ${most}, not ${JSON.stringify(text)}`);
}
