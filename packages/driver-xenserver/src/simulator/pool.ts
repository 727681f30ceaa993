import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { JsonObject } from '@gdcloud/core';
import { xapiTime } from './clock.js';
import { Database, type Row } from './database.js';
import { XapiFault } from './fault.js';
import { Journal } from './journal.js';
import { Operations } from './operations.js';
import type { Settings } from './options.js';
import { textField } from './record.js';
import { seedPool } from './seed.js';
import { TaskRunner } from './task-runner.js';
import { VhdFolder } from './vhd-folder.js';

/** A simulated pool: the database and what moves in it. */
export class Pool {
  readonly settings: Settings;
  readonly database: Database;
  readonly operations: Operations;
  readonly tasks: TaskRunner;
  /** Behind the pool's repository; undefined when its disks are only rows. */
  readonly disks: VhdFolder | undefined;
  /** Aborts when the simulator closes: whatever waits ends. */
  readonly closing: AbortController = new AbortController();
  readonly #journal: Journal;
  readonly #logouts = new Set<(session: string) => void>();
  #domains: number;

  constructor(settings: Settings) {
    setMaxListeners(0, this.closing.signal);
    this.settings = settings;
    this.#journal = new Journal(settings.state);
    this.database = new Database(this.#journal);
    this.operations = new Operations(this.database);
    this.tasks = new TaskRunner(this.database);
    const { storageFolder } = settings;
    this.disks = storageFolder === undefined ? undefined : new VhdFolder(storageFolder);
    if (this.database.count('pool') === 0) seedPool(this.database, settings);
    this.database.commit();
    this.#domains = Math.max(
      0,
      ...[...this.database.rows('VM')].map((vm) => Number(vm.fields.get('domid'))),
    );
  }

  /** The number of the next domain; never given twice, also not after a restart while its VM runs. */
  nextDomain(): number {
    this.#domains += 1;
    return this.#domains;
  }

  get master(): Row {
    const [pool] = this.database.rows('pool');
    return this.database.get('host', pool === undefined ? '' : textField(pool, 'master'));
  }

  login(user: string, originator: string): string {
    const session = this.database.insert('session', {
      this_host: this.master.ref,
      auth_user_name: user,
      is_local_superuser: true,
      originator,
      last_active: xapiTime(Date.now()),
    });
    return session.ref;
  }

  logout(session: string): void {
    this.database.remove(this.database.get('session', session));
    for (const listener of this.#logouts) listener(session);
  }

  requireSession(session: string): void {
    if (this.database.find('session', session) === undefined) {
      throw new XapiFault('SESSION_INVALID', session);
    }
  }

  /** Calls `listener` with every session that ends; returns the way to stop that. */
  onLogout(listener: (session: string) => void): () => void {
    this.#logouts.add(listener);
    return () => this.#logouts.delete(listener);
  }

  createTask(name: string, otherConfig: JsonObject): Row {
    return this.database.insert('task', {
      name_label: name,
      created: xapiTime(Date.now()),
      status: 'pending',
      resident_on: this.master.ref,
      type: '<none/>',
      other_config: otherConfig,
    });
  }

  close(): void {
    this.closing.abort();
    this.tasks.stop();
    this.#journal.close();
  }
}

/** A reference for something that is not kept: the task of a synchronous call. */
export function passingRef(): string {
  return `OpaqueRef:${randomUUID()}`;
}
