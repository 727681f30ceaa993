import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { firstAnswer } from './answers.js';
import { type Place, type Service, type ServiceOptions, startService } from './service.js';

/** A private MariaDB server. Its `url` is that of an empty database `gdcloud`. */
export interface MariadbService extends Service {
  /** Makes an empty database and returns its url. */
  createDatabase(name: string): string;
}

const CLIENT = '/usr/bin/mariadb';

/** Starts a MariaDB server. `settings` are further options of mariadbd. */
export async function startMariadb(
  options: ServiceOptions & { readonly settings?: readonly string[] } = {},
): Promise<MariadbService> {
  let where: Place | undefined;
  const socket = ({ folder }: Place): string => join(folder, 'mariadb.sock');
  const tell = (place: Place, statement: string): void =>
    place.run([
      CLIENT,
      '--no-defaults',
      `--socket=${socket(place)}`,
      '-u',
      'root',
      '-e',
      statement,
    ]);
  const make = (place: Place, name: string): void =>
    tell(place, `create database \`${name}\` character set utf8mb4`);
  const urlOf = ({ host, port }: Place, database: string): string =>
    `mysql://gdcloud:gdcloud@${host}:${port}/${database}`;
  const service = await startService(
    {
      name: 'mariadb',
      user: 'mysql',
      prepare: (place) =>
        new Promise((resolve) => {
          where = place;
          mkdirSync(join(place.folder, 'tmp'), { recursive: true, mode: 0o777 });
          place.run([
            '/usr/bin/mariadb-install-db',
            '--no-defaults',
            `--datadir=${join(place.folder, 'data')}`,
            '--auth-root-authentication-method=normal',
            '--skip-test-db',
            '--skip-log-bin',
          ]);
          resolve();
        }),
      command: (place) => [
        '/usr/sbin/mariadbd',
        '--no-defaults',
        `--datadir=${join(place.folder, 'data')}`,
        `--socket=${socket(place)}`,
        `--pid-file=${join(place.folder, 'mariadb.pid')}`,
        `--bind-address=${place.host}`,
        `--port=${place.port}`,
        '--skip-log-bin',
        '--character-set-server=utf8mb4',
        '--innodb-buffer-pool-size=128M',
        '--max-connections=200',
        ...(options.settings ?? []),
      ],
      probe: async ({ host, port }) => {
        await firstAnswer(host, port, undefined);
      },
      url: (place) => urlOf(place, 'gdcloud'),
    },
    options,
  );
  const place = where;
  if (place === undefined) throw new Error('MariaDB was never prepared');
  tell(
    place,
    `create user gdcloud@'%' identified by 'gdcloud'; grant all on *.* to gdcloud@'%' with grant option`,
  );
  make(place, 'gdcloud');
  return Object.assign(service, {
    createDatabase: (name: string) => {
      make(place, name);
      return urlOf(place, name);
    },
  });
}
