import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

/** What `provisioning` is asked to do. */
export interface ProvisioningOptions {
  readonly rounds: number;
  readonly servers: number;
  readonly clients: number;
  readonly warmUp: number;
  readonly fleet: number;
  readonly folder: string;
  readonly normal: boolean;
  readonly json: boolean;
  readonly save: boolean;
}

const HELP = `Usage: npm run bench -- provisioning [options]

Starts servers on drivers that keep everything in memory, from POST until they read
\`running\`, and compares with a floor prototype (bare node:http and SQLite) in the same
run. Then starts a fleet at once with all three drivers on a simulated pool.

  --rounds N    rounds, floor and gdcloud by turns; medians are reported (default 5)
  --servers N   servers measured in each round (default 1000)
  --clients N   clients at a time (default 10)
  --warm-up N   servers started before that (default 500)
  --fleet N     servers asked for at once with all drivers; 0 leaves it out (default 200)
  --folder DIR  where databases are put (default: the system's folder for such things)
  --normal      measure SQLite with synchronous=NORMAL as well
  --json        print one JSON object as the last thing
  --save        write bench/results/<date>-provisioning.json
  --help        show this
`;

/** Reads the command line; undefined when only help was wanted, which has been printed then. */
export function provisioningOptions(
  parameters: readonly string[],
): ProvisioningOptions | undefined {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      rounds: { type: 'string', default: '5' },
      servers: { type: 'string', default: '1000' },
      clients: { type: 'string', default: '10' },
      'warm-up': { type: 'string', default: '500' },
      fleet: { type: 'string', default: '200' },
      folder: { type: 'string', default: tmpdir() },
      normal: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return undefined;
  }
  return {
    rounds: count('rounds', values.rounds, 1),
    servers: count('servers', values.servers, 1),
    clients: count('clients', values.clients, 1),
    warmUp: count('warm-up', values['warm-up'], 0),
    fleet: count('fleet', values.fleet, 0),
    folder: values.folder,
    normal: values.normal,
    json: values.json,
    save: values.save,
  };
}

function count(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new TypeError(`--${name} must be a whole number of ${least} or more, not ${text}`);
  }
  return value;
}
