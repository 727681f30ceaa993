import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresPrograms } from './installed.js';
import { type Place, type Service, type ServiceOptions, startService } from './service.js';

/** A private PostgreSQL server. Its `url` is that of an empty database `gdcloud`. */
export interface PostgresService extends Service {
  /** Makes an empty database and returns its url. */
  createDatabase(name: string): string;
}

/** Starts a PostgreSQL server. Commits are durable unless `settings` say otherwise: lines of postgresql.conf. */
export async function startPostgres(
  options: ServiceOptions & { readonly settings?: readonly string[] } = {},
): Promise<PostgresService> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error('PostgreSQL is missing: apt-get install postgresql');
  const program = (name: string): string => join(programs, name);
  const data = ({ folder }: Place): string => join(folder, 'data');
  let where: Place | undefined;
  const urlOf = ({ host, port }: Place, database: string): string =>
    `postgres://gdcloud@${host}:${port}/${database}`;
  const ask = (place: Place, name: string, ...more: readonly string[]): void =>
    place.run([
      program(name),
      '-h',
      place.host,
      '-p',
      String(place.port),
      '-U',
      'gdcloud',
      ...more,
    ]);
  const make = (place: Place, name: string): void => ask(place, 'createdb', name);
  const service = await startService(
    {
      name: 'postgres',
      user: 'postgres',
      // An immediate shutdown: with the postmaster merely killed its children would linger.
      farewell: 'QUIT',
      prepare: async (place) => {
        place.run([
          program('initdb'),
          '--pgdata',
          data(place),
          '--auth=trust',
          '--username=gdcloud',
          '--encoding=UTF8',
          '--locale=C.UTF-8',
          '--no-sync',
        ]);
        await appendFile(
          join(data(place), 'postgresql.conf'),
          [
            `port = ${place.port}`,
            `listen_addresses = '${place.host}'`,
            `unix_socket_directories = ''`,
            'max_connections = 200',
            'shared_buffers = 256MB',
            ...(options.settings ?? []),
            '',
          ].join('\n'),
        );
      },
      command: (place) => [program('postgres'), '-D', data(place)],
      probe: (place) =>
        new Promise((resolve) => {
          ask(place, 'pg_isready', '-q', '-d', 'postgres');
          where = place;
          resolve();
        }),
      url: (place) => urlOf(place, 'gdcloud'),
    },
    options,
  );
  const place = where;
  if (place === undefined) throw new Error('PostgreSQL never answered');
  make(place, 'gdcloud');
  return Object.assign(service, {
    createDatabase: (name: string) => {
      make(place, name);
      return urlOf(place, name);
    },
  });
}
