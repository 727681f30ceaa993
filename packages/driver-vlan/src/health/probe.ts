import { type BackendCheck, DriverFailure, type ResourceUuid } from '@gdcloud/core';
import { RUN_FOLDER } from '../agent/agent-parts.js';
import type { CommandLine, CommandRunner } from '../commands/command-runner.js';
import { type IpAddress, isIpv6 } from '../plan/ip.js';
import type { NamespaceName } from '../plan/plan-names.js';
import type { Port } from '../plan/ports.js';
import { question, statusIn } from '../proxy/haproxy-answers.js';
import { haproxyPaths } from '../proxy/haproxy-files.js';
import type { CheckResult } from './standing.js';

/** What is asked whether it is well, and how. */
export interface ProbeTarget {
  readonly namespace: NamespaceName;
  /** `server`: it is asked itself. `proxy`: the network's proxy is, which checks it as well. */
  readonly ask: 'server' | 'proxy';
  readonly balancer: ResourceUuid;
  readonly server: ResourceUuid;
  readonly address: IpAddress;
  readonly port: Port;
  readonly check: BackendCheck;
}

/** `HTTP/1.1 200`: as much of an answer as tells how it ended. */
const STATUS_LENGTH = 12;
const STATUS = /^HTTP\/\d\.\d [23]\d\d$/;

/**
 * Asks one backend from inside its network, as nobody else reaches it: by one `socat`, which keeps the time itself and so
 * ends wherever it runs. Costs one process, 3.5 ms of a core (measured, 50 in a row); a persistent one per network would take
 * more memory than a thousand networks' checks take time. Throws a DriverFailure where it can't be asked at all.
 */
export async function probe(
  runner: CommandRunner,
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (target.ask === 'proxy') return askProxy(runner, target, signal);
  const { exitCode, stdout } = await runner.run(probeCommand(target), signal);
  const hasPassed = target.check.kind === 'tcp' ? exitCode === 0 : STATUS.test(stdout);
  return hasPassed ? 'passed' : 'failed';
}

// It has counted how often in a row itself.
async function askProxy(
  runner: CommandRunner,
  { namespace, balancer, server }: ProbeTarget,
  signal: AbortSignal,
): Promise<CheckResult> {
  const paths = haproxyPaths(RUN_FOLDER, namespace);
  const { stdout } = await runner.run(question(paths, `show stat ${balancer} 4 -1`), signal);
  const status = statusIn(stdout, server);
  if (status === undefined) {
    throw new DriverFailure(
      'unavailable',
      'ProxyAway',
      'the proxy of the network does not answer',
      {
        remedy: 'None is needed: it is started again.',
      },
    );
  }
  return status.startsWith('DOWN') ? 'failed' : 'passed';
}

function probeCommand({ namespace, address, port, check }: ProbeTarget): CommandLine {
  const seconds = `${check.timeoutMs / 1000}`;
  const host = isIpv6(address) ? `[${address}]` : address;
  const peer = `TCP${isIpv6(address) ? 6 : 4}:${host}:${port},connect-timeout=${seconds}`;
  const enter = [`--net=/run/netns/${namespace}`, 'socat'];
  if (check.kind === 'tcp') {
    const words = [...enter, '-u', 'OPEN:/dev/null', peer];
    return { program: 'nsenter', arguments: words };
  }
  return {
    program: 'nsenter',
    // Only its answer ends it: servers take a half-closed connection for a client that has gone.
    arguments: [
      ...enter,
      `-t${seconds}`,
      `-T${seconds}`,
      '-',
      `${peer},shut-none,readbytes=${STATUS_LENGTH}`,
    ],
    input: `GET ${check.path ?? '/'} HTTP/1.0\r\nHost: ${host}\r\nUser-Agent: gdcloud\r\n\r\n`,
  };
}
