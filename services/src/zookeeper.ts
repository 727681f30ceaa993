import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstAnswer } from './answers.js';
import { type Service, type ServiceOptions, startService } from './service.js';

/** How a ZooKeeper server is set up beyond its place. */
export interface ZookeeperOptions extends ServiceOptions {
  /** Milliseconds; sessions may last 2 to 20 times as long. Default 300. */
  readonly tickTime?: number;
  /** Members of an ensemble, this one included: `server.1=127.0.0.1:2888:3888`. Absent: it stands alone. */
  readonly ensemble?: { readonly id: number; readonly members: readonly string[] };
  /** Further lines of zoo.cfg. */
  readonly settings?: readonly string[];
}

/** Starts a ZooKeeper server. */
export function startZookeeper(options: ZookeeperOptions = {}): Promise<Service> {
  const { tickTime = 300, ensemble, settings = [] } = options;
  return startService(
    {
      name: 'zookeeper',
      prepare: async ({ host, port, folder }) => {
        const lines = [
          `tickTime=${tickTime}`,
          'initLimit=20',
          'syncLimit=10',
          `minSessionTimeout=${tickTime * 2}`,
          `clientPortAddress=${host}`,
          `clientPort=${port}`,
          `dataDir=${join(folder, 'data')}`,
          'admin.enableServer=false',
          '4lw.commands.whitelist=ruok,stat,srvr,mntr,cons',
          'extendedTypesEnabled=true',
          'maxClientCnxns=0',
          ...(ensemble?.members ?? []),
          ...settings,
        ];
        await mkdir(join(folder, 'data'), { recursive: true });
        await writeFile(join(folder, 'zoo.cfg'), `${lines.join('\n')}\n`);
        if (ensemble !== undefined)
          await writeFile(join(folder, 'data', 'myid'), `${ensemble.id}\n`);
      },
      command: ({ folder }) => [
        '/usr/share/zookeeper/bin/zkServer.sh',
        'start-foreground',
        join(folder, 'zoo.cfg'),
      ],
      probe: async ({ host, port }) => {
        // A member of an ensemble serves only once there is a quorum, which the others may still be missing for.
        if (ensemble !== undefined) await firstAnswer(host, port, 'ruok');
        else if (!/^Zookeeper version/m.test(await firstAnswer(host, port, 'srvr')))
          throw new Error('it does not serve yet');
      },
      url: ({ host, port }) => `${host}:${port}`,
      environment: { JVMFLAGS: '-Xmx192m -XX:TieredStopAtLevel=1', ZOO_LOG_DIR: '/tmp' },
    },
    options,
  );
}
