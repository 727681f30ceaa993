import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

interface Unit {
  run(): void;
  acknowledge(): void;
  refuse(error: unknown): void;
}

/** SQLite in WAL mode: what is written in one turn of the event loop is committed at once, and acknowledged after that. */
export class GroupCommit {
  readonly database: DatabaseSyncInstance;
  readonly #begin: () => void;
  readonly #commit: () => void;
  #units: Unit[] = [];

  constructor(file: string, synchronous: 'full' | 'normal') {
    this.database = new DatabaseSync(file);
    this.database.exec('pragma journal_mode = wal');
    this.database.exec(`pragma synchronous = ${synchronous}`);
    const begin = this.database.prepare('begin immediate');
    const commit = this.database.prepare('commit');
    this.#begin = () => void begin.run();
    this.#commit = () => void commit.run();
  }

  /** Runs `unit` in this turn's transaction and resolves with what it returned, once that is durable. */
  write<Result>(unit: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      let result: Result;
      this.#units.push({
        run: () => {
          result = unit();
        },
        acknowledge: () => resolve(result),
        refuse: reject,
      });
      if (this.#units.length === 1) setImmediate(() => this.#flush());
    });
  }

  // A unit that throws ends the benchmark: this is a floor, it need not survive anything.
  #flush(): void {
    const units = this.#units;
    this.#units = [];
    try {
      this.#begin();
      for (const unit of units) unit.run();
      this.#commit();
    } catch (error) {
      for (const unit of units) unit.refuse(error);
      return;
    }
    for (const unit of units) unit.acknowledge();
  }
}
