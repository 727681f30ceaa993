import { DriverFailure } from '@gdcloud/core';
import { RUN_FOLDER } from '../agent/agent-parts.js';
import { type CommandRunner, PROGRAMS } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import { nodeCommandRunner } from '../commands/node-command-runner.js';
import { findPrograms } from '../commands/program-paths.js';
import { startSandbox } from '../commands/sandbox.js';
import type { MachinePorts } from '../links/machine-ports.js';
import { type MachineSettings, machinePorts, sandboxPorts } from '../links/machine-settings.js';
import { claimMachine } from './machine-owner.js';

/** A machine that carries networks. */
export interface ApplianceMachine {
  readonly runner: CommandRunner;
  readonly ports: MachinePorts;
  /** Ends what belongs to this process. */
  close(): void;
}

/**
 * This machine, as root. Its networks stay when this process ends. `owner`: where the cloud has its records, which tells
 * it from others. Throws `unavailable` where the machine is another's.
 */
export async function thisMachine(
  settings: MachineSettings,
  owner: string,
): Promise<ApplianceMachine> {
  if (process.getuid?.() !== 0) {
    throw new DriverFailure('unavailable', 'NotRoot', 'mode full is for root alone', {
      remedy: 'Run the appliance as root, or use mode sandboxed.',
    });
  }
  const ports = machinePorts(settings);
  await claimMachine(owner, RUN_FOLDER);
  return { runner: nodeCommandRunner(await findPrograms(PROGRAMS)), ports, close: () => {} };
}

/**
 * Namespaces of this process' own, for which it needs no rights: each segment is a bridge in there, and each uplink one
 * that leads nowhere. All of it goes when this process ends.
 */
export async function sandboxedMachine(
  physicalNetworks: readonly string[],
  uplinks: readonly string[],
  signal: AbortSignal,
): Promise<ApplianceMachine> {
  const ports = sandboxPorts(physicalNetworks, uplinks);
  const paths = await findPrograms(PROGRAMS);
  const as = process.getuid?.() === 0 ? 'root' : 'user';
  const { runner, close } = await startSandbox({ paths, as }, signal);
  try {
    for (const name of ports.uplinks.keys()) {
      const input = `link add name ${name} type bridge\nlink set dev ${name} up\n`;
      const made = await runner.run({ program: 'ip', arguments: ['-batch', '-'], input }, signal);
      demandDone('ip link add', made);
    }
  } catch (thrown) {
    // Nobody else knows of it, and the next attempt makes one of its own.
    close();
    throw thrown;
  }
  return { runner, ports, close };
}
