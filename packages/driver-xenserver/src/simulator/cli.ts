#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type SimulatorOptions, startSimulator } from './simulator.js';

const HELP = `Usage: xapi-simulator --state DIR [options]

Serves a simulated XenServer pool over JSON-RPC until it is stopped.

  --state DIR      where the pool's database lives (required)
  --port N         port to listen on (default: any free one)
  --host ADDRESS   address to listen on (default: 127.0.0.1)
  --storage DIR    folder of <uuid>.vhd files, shown as the pool's storage repository
  --as-of RELEASE  answers as that release does: boston, tampa, clearwater, …, 24.16.0, latest (default)
  --dump FILE      begin as the pool whose database was dumped into this file
  --hosts N        hosts of a new pool (default: 2)
  --password P     password of user root (default: secret)
  --help           show this
`;

/** What the arguments ask for. Throws an error whose message says what is wrong with them. */
function readArguments(): SimulatorOptions | 'help' {
  const { values } = parseArgs({
    options: {
      state: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      storage: { type: 'string' },
      'as-of': { type: 'string' },
      dump: { type: 'string' },
      hosts: { type: 'string' },
      password: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return 'help';
  if (values.state === undefined) throw new Error('--state is missing');
  return {
    state: values.state,
    host: values.host,
    port: readNumber('--port', values.port),
    asOf: values['as-of'],
    hosts: readNumber('--hosts', values.hosts),
    storageFolder: values.storage,
    dump: values.dump === undefined ? undefined : readFileSync(values.dump, 'utf8'),
    password: values.password,
  };
}

function readNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d+$/.test(text))
    return text === undefined ? undefined : Number(text);
  throw new Error(`${name} is no number`);
}

try {
  const wanted = readArguments();
  if (wanted === 'help') {
    process.stdout.write(HELP);
  } else {
    const simulator = await startSimulator(wanted);
    process.stdout.write(`xapi ready ${simulator.url}\n`);
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`xapi-simulator: ${message}\nTry xapi-simulator --help\n`);
  process.exitCode = 2;
}
