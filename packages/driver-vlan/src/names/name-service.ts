import { isDeepStrictEqual } from 'node:util';
import type { NetworkService } from '../agent/network-service.js';
import type { CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
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

  // A number may be another's by now; its words tell.
  const processOf = async (paths: DnsmasqPaths): Promise<string | undefined> => {
    const id = /^\d+/.exec((await files.read(paths.processId)) ?? '')?.[0];
    if (id === undefined) return undefined;
    const words = (await files.read(`/proc/${id}/cmdline`)) ?? '';
    return words.includes(paths.configuration) ? id : undefined;
  };
  const stop = async (paths: DnsmasqPaths, signal: AbortSignal): Promise<void> => {
    // Its port is free only when it has ended; to tell it again is the wait.
    for (let id = await processOf(paths); id !== undefined; id = await processOf(paths)) {
      await runner.run({ program: 'kill', arguments: ['-KILL', id] }, signal);
    }
    await files.remove(paths.processId);
  };

  return {
    name: 'names',
    isSame: (one, other) => one.names === other.names || isDeepStrictEqual(one.names, other.names),
    async follow(program, _before, signal) {
      const paths = pathsOf(program.namespace);
      if (!isNeeded(program)) {
        await stop(paths, signal);
        await files.remove(paths.folder);
        return;
      }
      const texts = dnsmasqTexts(program, paths, servers);
      const isStale =
        (await files.read(paths.configuration)) !== texts.configuration ||
        takesLeaseAway((await files.read(paths.leases)) ?? '', texts.leases);
      // Before its files say otherwise: after a crash in between, nobody would know any more that it is stale.
      if (isStale) await stop(paths, signal);
      await files.write(paths.leases, texts.leases);
      await files.write(paths.names, texts.names);
      await files.write(paths.configuration, texts.configuration);
      const id = await processOf(paths);
      if (id !== undefined) {
        await runner.run({ program: 'kill', arguments: ['-HUP', id] }, signal);
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
      const paths = pathsOf(namespace);
      await stop(paths, signal);
      await files.remove(paths.folder);
    },
  };
}

function isNeeded({ names: { leases, ipv6 } }: NetworkProgram): boolean {
  return leases.length > 0 || ipv6 !== null;
}
