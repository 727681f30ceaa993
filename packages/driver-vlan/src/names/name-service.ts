import { isDeepStrictEqual } from 'node:util';
import type { NetworkService } from '../agent/network-service.js';
import type { CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import { processesIn } from '../commands/processes-in.js';
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
  const isOurs = async (id: string, { configuration }: DnsmasqPaths): Promise<boolean> =>
    (await files.read(`/proc/${id}/cmdline`))?.includes(configuration) === true;
  const processOf = async (paths: DnsmasqPaths): Promise<string | undefined> => {
    const id = /^\d+/.exec((await files.read(paths.processId)) ?? '')?.[0];
    return id !== undefined && (await isOurs(id, paths)) ? id : undefined;
  };
  // Whoever has taken its files away has not ended it: it is looked for in its namespace. Whoever has taken the name of its
  // namespace has not ended it either: then its files tell.
  const stop = async (namespace: NamespaceName, signal: AbortSignal): Promise<void> => {
    const paths = pathsOf(namespace);
    const look = async (): Promise<readonly string[]> => {
      const found: string[] = [];
      for (const id of await processesIn(runner, namespace, signal)) {
        if (await isOurs(id, paths)) found.push(id);
      }
      return found.length > 0 ? found : [(await processOf(paths)) ?? []].flat();
    };
    // Its port is free only when it has ended; to tell it again is the wait.
    for (let found = await look(); found.length > 0; found = await look()) {
      await runner.run({ program: 'kill', arguments: ['-KILL', ...found] }, signal);
    }
    await files.remove(paths.processId);
  };

  return {
    name: 'names',
    isSame: (one, other) => one.names === other.names || isDeepStrictEqual(one.names, other.names),
    async isCarried(program) {
      const paths = pathsOf(program.namespace);
      const found = await processOf(paths);
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
        await stop(program.namespace, signal);
        await files.remove(paths.folder);
        return;
      }
      const texts = dnsmasqTexts(program, paths, servers);
      const running = await processOf(paths);
      const isStale =
        running === undefined ||
        (await files.read(paths.configuration)) !== texts.configuration ||
        takesLeaseAway((await files.read(paths.leases)) ?? '', texts.leases);
      // Before its files say otherwise: after a crash in between, nobody would know any more that it is stale.
      if (isStale && before.namespace === 'present') await stop(program.namespace, signal);
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
      await stop(namespace, signal);
      await files.remove(pathsOf(namespace).folder);
    },
  };
}

function isNeeded({ names: { leases, ipv6 } }: NetworkProgram): boolean {
  return leases.length > 0 || ipv6 !== null;
}
