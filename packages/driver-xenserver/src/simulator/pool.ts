import { setMaxListeners } from 'node:events';
import type { Clock, JsonObject, Random } from '@gdcloud/core';
import { SCHEMA, type Schema, schemaAsOf } from '../datamodel/schema.js';
import { BridgeNames } from './bridge-names.js';
import { Database, type Row } from './database.js';
import type { DiskFiles } from './disk-files.js';
import { noteOpenDisks } from './disk-locks.js';
import { readDump } from './dump/read-dump.js';
import { XapiFault } from './fault.js';
import { seedFreshHost } from './fresh-host.js';
import { Identifiers } from './identifiers.js';
import { FileJournal, type Journal, noJournal } from './journal.js';
import { Operations } from './operations.js';
import type { Settings } from './options.js';
import { textField } from './record.js';
import { Registrations } from './registrations.js';
import {
  refreshAllAllowedOperations,
  refreshAllowedOperations,
} from './rules/allowed-operations.js';
import { seedPool } from './seed.js';
import { TaskRunner } from './task-runner.js';
import { isTrue } from './values.js';
import { VhdFolder } from './vhd-folder.js';
import { xapiTime } from './xapi-time.js';

/** What a pool has from outside. */
export interface PoolPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** Default: what the settings' storage folder holds. */
  readonly files?: DiskFiles | undefined;
}

/** A simulated pool: the database and what moves in it. */
export class Pool {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly database: Database;
  readonly operations: Operations;
  readonly tasks: TaskRunner;
  readonly bridges: BridgeNames = new BridgeNames();
  /** Behind the pool's repository; undefined when its disks are only rows. */
  readonly disks: DiskFiles | undefined;
  /** Aborts when the simulator closes: whatever waits ends. */
  readonly closing: AbortController = new AbortController();
  /** The hosts on which VMs were let in and do not run yet, by VM. */
  readonly reservations: Map<string, string> = new Map();
  readonly registrations: Registrations = new Registrations();
  /** Of user root. A change lasts as long as this process: the next one is told again. */
  password: string;
  readonly #journal: Journal;
  readonly #logouts = new Set<(session: string) => void>();
  #domains: number;
  #origin: string | undefined;

  constructor(settings: Settings, { clock, random, files }: PoolPorts) {
    setMaxListeners(0, this.closing.signal);
    this.settings = settings;
    this.password = settings.password;
    this.clock = clock;
    this.identifiers = new Identifiers(random);
    const { state, storageFolder } = settings;
    this.#journal = state === undefined ? noJournal : new FileJournal(state);
    this.database = new Database(this.#journal, this.identifiers, schemaAsOf(settings.asOf));
    this.operations = new Operations(this.database);
    this.tasks = new TaskRunner({ database: this.database, clock, identifiers: this.identifiers });
    this.disks =
      files ??
      (storageFolder === undefined ? undefined : new VhdFolder(storageFolder, () => clock.now()));
    if (this.database.count('pool') === 0) this.#begin();
    refreshAllAllowedOperations(this.database, settings.asOf);
    this.database.commit();
    this.database.beforeCommit((changes) => {
      noteOpenDisks(this.database, changes);
      refreshAllowedOperations(this.database, changes, settings.asOf);
    });
    this.#domains = Math.max(
      0,
      ...[...this.database.rows('VM')].map((vm) => Number(vm.fields.get('domid'))),
    );
  }

  /** Where its consoles can be opened, once that is known; a real pool's are at the addresses of its hosts. */
  get origin(): string | undefined {
    return this.#origin;
  }

  /**
   * Says where its consoles can be opened from now on: one that was started again may have moved. What stands for a real
   * pool names that one's hosts.
   */
  listenAt(origin: string): void {
    if (this.settings.fixture !== undefined || this.settings.dump !== undefined) return;
    this.#origin = origin;
    for (const console of this.database.rows('console')) {
      const location = textField(console, 'location');
      const moved = `${origin}${location.replace(/^https?:\/\/[^/]+/, '')}`;
      const guest = this.database.find('VM', textField(console, 'VM'));
      const ofHost = guest === undefined || isTrue(guest.fields.get('is_control_domain'));
      if (!ofHost && location !== moved) this.database.set(console, 'location', moved);
    }
    this.database.commit();
  }

  /** What the pool's release knows. */
  get schema(): Schema {
    return this.database.schema;
  }

  #begin(): void {
    const { dump, fixture } = this.settings;
    if (dump !== undefined) this.database.adopt(readDump(dump, SCHEMA).entries);
    else if (fixture !== undefined) seedFreshHost(this.database, this.identifiers, fixture);
    else seedPool(this.database, this.settings);
  }

  /** The number of the next domain; never given twice, also not after a restart while its VM runs. */
  nextDomain(): number {
    this.#domains += 1;
    return this.#domains;
  }

  /** As of which release of XAPI it behaves. */
  get release(): string {
    return this.settings.asOf;
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
      last_active: xapiTime(this.clock.now()),
      validation_time: xapiTime(this.clock.now()),
    });
    return session.ref;
  }

  logout(session: string): void {
    this.database.remove(this.database.get('session', session));
    this.registrations.forget(session);
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

  /** Makes a task on the master. */
  createTask(fields: JsonObject): Row {
    return this.tasks.create({ ...fields, resident_on: this.master.ref });
  }

  close(): void {
    this.closing.abort();
    this.tasks.stop();
    this.#journal.close();
  }
}
