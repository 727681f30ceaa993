import pg from 'pg';

/** What the database itself saw of every write to a resource, whatever the writers believe. */
export interface Watched {
  /** Status writes. */
  readonly writes: number;
  /** Claims of a row. */
  readonly claims: number;
  /** Claims by another process than the one that had claimed before. */
  readonly takeovers: number;
  /** Every rule that was broken, in words. */
  readonly violations: readonly string[];
}

/** Watches over the rows of resources from inside the database, and looks into them past everything of ours. */
export interface DatabaseWatch {
  read(): Promise<Watched>;
  /**
   * How many status writes hit no row, because their fence was not the newest or the status had moved on; undefined
   * where the server does not count statements.
   */
  refused(): Promise<number | undefined>;
  rows<Row extends pg.QueryResultRow>(statement: string): Promise<readonly Row[]>;
}

const TRIGGER = `
create schema watch;
create table watch.claimer (uuid text primary key, process text not null, fence text not null);
create table watch.violation (n serial primary key, at timestamptz not null default now(), what text not null);
create sequence watch.writes minvalue 0 start 0;
create sequence watch.claims minvalue 0 start 0;
create sequence watch.takeovers minvalue 0 start 0;
create function watch.look() returns trigger language plpgsql as $$
declare
  known watch.claimer%rowtype;
begin
  if new.generation < old.generation then
    insert into watch.violation (what) values (format('%s: generation %s became %s', new.uuid, old.generation, new.generation));
  end if;
  if new.status_version < old.status_version then
    insert into watch.violation (what) values (format('%s: status version %s became %s', new.uuid, old.status_version, new.status_version));
  end if;
  select * into known from watch.claimer where uuid = new.uuid;
  if new.fence is distinct from old.fence then
    perform nextval('watch.claims');
    if known.fence is not null and (new.fence is null or new.fence collate "C" < known.fence collate "C") then
      insert into watch.violation (what) values (format('%s: fence %s of %s became %s of %s', new.uuid, known.fence, known.process, new.fence, session_user));
    end if;
    if known.process is not null and known.process <> session_user then
      perform nextval('watch.takeovers');
    end if;
    insert into watch.claimer values (new.uuid, session_user, coalesce(new.fence, ''))
      on conflict (uuid) do update set process = excluded.process, fence = excluded.fence;
    known.process := session_user;
  end if;
  if new.status_version <> old.status_version then
    perform nextval('watch.writes');
    -- What was claimed before the watch began has no known claimer.
    if known.process is not null and known.process <> session_user then
      insert into watch.violation (what) values (format('%s: %s wrote status %s though %s had claimed it since', new.uuid, session_user, new.status_version, known.process));
    end if;
    if old.removed is not null then
      insert into watch.violation (what) values (format('%s: %s wrote the status of what was removed', new.uuid, session_user));
    end if;
  end if;
  return null;
end $$;
create trigger watch_look after update on public.resource for each row execute function watch.look();
`;

/** Makes a database user for each process: the database knows by it who writes. */
export async function makeUsers(url: string, names: readonly string[]): Promise<void> {
  await query(url, names.map((name) => `create role "${name}" superuser login`).join(';'));
}

/** Sets up the watch. The tables of ours must be there. */
export async function watchDatabase(url: string): Promise<DatabaseWatch> {
  await query(url, TRIGGER);
  const counts = await query(url, 'create extension pg_stat_statements').then(
    () => 'yes',
    () => 'no',
  );
  return {
    read: async () => {
      const [counts] = await query<{ writes: string; claims: string; takeovers: string }>(
        url,
        `select (select last_value from watch.writes) as writes, (select last_value from watch.claims) as claims,
          (select last_value from watch.takeovers) as takeovers`,
      );
      const violations = await query<{ what: string }>(
        url,
        'select what from watch.violation order by n',
      );
      return {
        writes: Number(counts?.writes),
        claims: Number(counts?.claims),
        takeovers: Number(counts?.takeovers),
        violations: violations.map(({ what }) => what),
      };
    },
    refused: async () => {
      if (counts === 'no') return undefined;
      const counted = await query<{ calls: string; rows: string; query: string }>(
        url,
        `select calls, rows, query from pg_stat_statements
          where query like '%update%resource%' and query like '%status_version%' and query like '%live_token%'`,
      );
      const missed = counted
        .filter(({ query: text }) => /^(with given|update "resource" set "status")/.test(text))
        .map(({ calls, rows, query: text }) => Number(calls) * asked(text) - Number(rows));
      return missed.reduce((sum, each) => sum + each, 0);
    },
    rows: (statement) => query(url, statement),
  };
}

async function query<Row extends pg.QueryResultRow>(
  connectionString: string,
  statement: string,
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

// Writes of several resources are sent as one statement that is given a row for each.
function asked(statement: string): number {
  if (!statement.startsWith('with given')) return 1;
  const [given = ''] = statement.split(') as given');
  return given.match(/\(\$\d+::/g)?.length ?? 1;
}
