import { DriverFailure, type IsolationProof } from '@gdcloud/core';
import type { CommandLine, CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import { attachTenant } from '../links/attach-links.js';
import { linkNames } from '../links/link-names.js';
import { type MachinePorts, type TrunkPort, trunkPort } from '../links/machine-ports.js';
import { deletePorts } from '../links/switch-ports.js';
import {
  type DeviceName,
  derivedMacAddress,
  type MacAddress,
  TENANT_DEVICE,
} from '../plan/plan-names.js';
import type { NetworkProgram } from '../program/network-program.js';
import { FrameListener } from './frame-listener.js';
import { FRAME_LENGTH } from './frames.js';
import { callFrame, probeFrames } from './probe-frames.js';

/** How often a gateway is called that does not hear yet; a program each time. */
const CALLS = 500;

/** Where probes are sent. */
export interface ProbedMachine {
  readonly runner: CommandRunner;
  readonly ports: MachinePorts;
  /** The names of the devices out of all namespaces. */
  readonly outside: ReadonlySet<string>;
}

/**
 * Sends probes in one network and looks for them at the gateway of the other. That silence says something is made sure
 * of: what is sent at the port of the probe is heard at the network's own gateway, and the other's hears what is sent in
 * its own network, before and after.
 */
export async function probeIsolation(
  machine: ProbedMachine,
  from: NetworkProgram,
  to: NetworkProgram,
  signal: AbortSignal,
): Promise<IsolationProof> {
  const probes = probeFrames(senderOf(from), from, to);
  const marks = probes.map(({ mark }) => mark);
  const inside = await openPort(machine, from, marks, signal);
  try {
    const beyond = await openPort(machine, to, marks, signal);
    try {
      await inside.send(probes.map(({ bytes }) => bytes));
      await inside.call('after');
      await beyond.call('after');
      const arrived = probes.filter(({ mark }) => beyond.listener.hasHeard(mark));
      return {
        tried: probes.map(({ sentence }) => sentence),
        arrived: arrived.map(({ sentence }) => sentence),
        by: inside.by,
      };
    } finally {
      await beyond.close();
    }
  } finally {
    await inside.close();
  }
}

/** A port on a network's segment for a moment, and somebody who listens at the network's gateway. */
interface ProbePort {
  readonly by: IsolationProof['by'];
  readonly listener: FrameListener;
  send(frames: readonly Buffer[]): Promise<void>;
  /** Sends to everyone, and waits until the gateway has heard it: so it has all that came before. */
  call(what: 'before' | 'after'): Promise<void>;
  close(): Promise<void>;
}

async function openPort(
  machine: ProbedMachine,
  program: NetworkProgram,
  marks: readonly string[],
  signal: AbortSignal,
): Promise<ProbePort> {
  const { runner } = machine;
  const { namespace } = program;
  const { by, device, attach, detach } = placeOf(machine, program);
  const callMark = (what: string): string => `${what} of ${namespace}.`;
  const run = async (command: CommandLine): Promise<void> => {
    demandDone('probe', await runner.run(command, signal));
  };
  const listened = [...marks, callMark('before'), callMark('after')];
  const send = (frames: readonly Buffer[]): Promise<void> =>
    run({
      program: 'nsenter',
      arguments: [
        `--net=/run/netns/${namespace}`,
        'socat',
        '-u',
        '-b',
        String(FRAME_LENGTH),
        '-',
        `INTERFACE:${device}`,
      ],
      inputBytes: Buffer.concat(frames),
    });
  for (const command of attach) await run(command);
  const listener = new FrameListener(runner, namespace, TENANT_DEVICE, listened);
  const port: ProbePort = {
    by,
    listener,
    send,
    async call(what) {
      await send([callFrame(senderOf(program), callMark(what))]);
      await listener.hears(callMark(what), signal);
      if (listener.ended) throw deaf();
    },
    async close() {
      listener.stop();
      for (const command of detach) await run(command);
    },
  };
  try {
    // It doesn't say when it has begun to listen.
    for (let calls = 0; calls < CALLS && !listener.ended; calls += 1) {
      await send([callFrame(senderOf(program), callMark('before'))]);
      if (listener.hasHeard(callMark('before'))) return port;
    }
    throw deaf();
  } catch (thrown) {
    await port.close();
    throw thrown;
  }
}

/** What probes are sent by, and what makes and removes it. */
interface PlaceOfProbe {
  readonly by: IsolationProof['by'];
  /** In the network's namespace. */
  readonly device: DeviceName;
  readonly attach: readonly CommandLine[];
  readonly detach: readonly CommandLine[];
}

function placeOf(machine: ProbedMachine, program: NetworkProgram): PlaceOfProbe {
  const trunk = trunkPort(machine.ports, program.tenant.segment.trunk);
  if (trunk.by === 'kernel')
    return { by: 'gateway', device: TENANT_DEVICE, attach: [], detach: [] };
  const { port, passing } = linkNames(program.namespace).probe;
  const isSwitched = trunk.by === 'openvswitch';
  return {
    by: 'server',
    device: passing,
    attach: attachCommands(machine, program, trunk),
    detach: [...(isSwitched ? [deletePorts([port])] : []), batch([], [`link delete dev ${port}`])],
  };
}

// As a server's card would be. It neither has an address nor says whose is where: that is for the gateway itself.
function attachCommands(
  { outside }: ProbedMachine,
  program: NetworkProgram,
  trunk: Exclude<TrunkPort, { readonly by: 'kernel' }>,
): readonly CommandLine[] {
  const { namespace, tenant } = program;
  const names = linkNames(namespace);
  const { port, passing } = names.probe;
  const attachment = attachTenant(
    tenant.segment,
    trunk,
    { ...names, tenant: passing, port },
    { namespace, device: passing, macAddress: senderOf(program) },
    outside,
  );
  const moves =
    attachment.passing === undefined ? [] : [`link set dev ${passing} netns ${namespace}`];
  return [
    batch([], attachment.lines),
    ...attachment.after,
    ...(moves.length === 0 ? [] : [batch([], moves)]),
    batch(
      ['-n', namespace],
      [
        `link set dev ${passing} arp off`,
        `link set dev ${passing} addrgenmode none`,
        `link set dev ${passing} address ${senderOf(program)}`,
        `link set dev ${passing} up`,
      ],
    ),
  ];
}

function senderOf({ namespace }: NetworkProgram): MacAddress {
  return derivedMacAddress(`probe/${namespace}`);
}

function batch(where: readonly string[], lines: readonly string[]): CommandLine {
  return { program: 'ip', arguments: [...where, '-batch', '-'], input: `${lines.join('\n')}\n` };
}

function deaf(): DriverFailure {
  return new DriverFailure('unavailable', 'ProbeUnheard', 'nobody listens at the gateway', {
    remedy: 'See that the network is carried, and that socat runs where the appliance is.',
  });
}
