import { DatabaseSync } from '@photostructure/sqlite';

/** What the machine needs at least: milliseconds of `count` transactions of one small row, each synced to `file`. */
export async function commitFloor(file: string, count: number): Promise<readonly number[]> {
  const database = new DatabaseSync(file);
  try {
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    database.exec('create table if not exists bench_floor (n integer not null)');
    const insert = database.prepare('insert into bench_floor values (?)');
    const latencies: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const start = performance.now();
      insert.run(n);
      latencies.push(performance.now() - start);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return latencies;
  } finally {
    database.close();
  }
}
