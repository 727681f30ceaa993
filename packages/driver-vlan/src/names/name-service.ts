import { isDeepStrictEqual } from 'node:util';
import type { NetworkService } from '../agent/network-service.js';
import type { CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import { daemonId, type NamespaceDaemon, stopDaemon } from '../commands/namespace-daemon.js';
import type { NamespaceName } from '../plan/plan-names.js';
import type { NetworkProgram } from '../program/network-program.js';
import { type DnsmasqPaths, dnsmasqPaths, dnsmasqTexts, takesLeaseAway } from './dnsmasq-files.js';

/** How names and leases are served. */
export interface NameServiceOptions {
  readonly runner: CommandRunner;
  /** Where each network has a folder of its own; lost with the machine's power, as the namespaces are. */
  readonly folder: string;
  /** Who is asked for names outside. */
  readonly servers: readonly string[];
}

/**
 * DHCP and DNS by a dnsmasq for each network that has servers. It goes on when the agent ends. What changes is read by
 * a signal; only an address that is taken from somebody needs a start anew, which no server notices.
 */
export function nameService({ runner, folder, servers }: NameServiceOptions): NetworkService {
  const pathsOf = (namespace: NamespaceName): DnsmasqPaths =>
    dnsmasqPaths(`${folder}/${namespace}/names`);
  const { files } = runner;

  const daemonOf = (namespace: NamespaceName): NamespaceDaemon => {
    const { processId, configuration } = pathsOf(namespace);
    return { namespace, processId, word: configuration };
  };

  return {
    name: 'names',
    isSame: (one, other) => one.names === other.names || isDeepStrictEqual(one.names, other.names),
    async isCarried(program) {
      const paths = pathsOf(program.namespace);
      const found = await daemonId(runner, daemonOf(program.namespace));
      if (!isNeeded(program)) return found === undefined;
      const texts = dnsmasqTexts(program, paths, servers);
      return (
        found !== undefined &&
        (await files.read(paths.configuration)) === texts.configuration &&
        (await files.read(paths.leases)) === texts.leases &&
        (await files.read(paths.names)) === texts.names
      );
    },
    async follow(program, before, signal) {
      const paths = pathsOf(program.namespace);
      if (!isNeeded(program)) {
        await stopDaemon(runner, daemonOf(program.namespace), signal);
        await files.remove(paths.folder);
        return;
      }
      const texts = dnsmasqTexts(program, paths, servers);
      const running = await daemonId(runner, daemonOf(program.namespace));
      const isStale =
        running === undefined ||
        (await files.read(paths.configuration)) !== texts.configuration ||
        takesLeaseAway((await files.read(paths.leases)) ?? '', texts.leases);
      // Before its files say otherwise: after a crash in between, nobody would know any more that it is stale.
      if (isStale && before.namespace === 'present')
        await stopDaemon(runner, daemonOf(program.namespace), signal);
      await files.write(paths.leases, texts.leases);
      await files.write(paths.names, texts.names);
      await files.write(paths.configuration, texts.configuration);
      if (!isStale) {
        await runner.run({ program: 'kill', arguments: ['-HUP', running] }, signal);
        return;
      }
      const started = await runner.run(
        {
          program: 'nsenter',
          arguments: [
            `--net=/run/netns/${program.namespace}`,
            'dnsmasq',
            `--conf-file=${paths.configuration}`,
          ],
        },
        signal,
      );
      demandDone('dnsmasq', started);
    },
    async dissolve(namespace, signal) {
      await stopDaemon(runner, daemonOf(namespace), signal);
      await files.remove(pathsOf(namespace).folder);
    },
  };
}

function isNeeded({ names: { leases, ipv6 } }: NetworkProgram): boolean {
  return leases.length > 0 || ipv6 !== null;
}
