import type { CommandRunner } from '../commands/command-runner.js';
import type { MachinePorts } from '../links/machine-ports.js';
import type { NetworkMeters } from '../metering/network-meters.js';
import type { NetworkFirewalls } from './network-firewalls.js';
import type { NetworkService } from './network-service.js';

/** Where networks have their files; gone with the machine's power, as networks are. */
export const RUN_FOLDER = '/run/gdcloud';

/** What each work of the agent on one machine is done with. */
export interface AgentParts {
  readonly runner: CommandRunner;
  readonly ports: MachinePorts;
  readonly services: readonly NetworkService[];
  readonly firewalls: NetworkFirewalls;
  readonly meters: NetworkMeters;
}
