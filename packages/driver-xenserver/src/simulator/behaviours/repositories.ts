import type { Json } from '@gdcloud/core';
import { flagOf, structOf, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import type { DiskFile } from '../disk-files.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import { showFiles } from '../show-files.js';
import {
  accountFor,
  assertBackendWell,
  assertPlugged,
  assertRepositoryAllows,
  filesOf,
} from '../storage-manager.js';
import { isTrue, textMap } from '../values.js';
import { connect } from './connections.js';

async function scan(context: CallContext, repository: Row): Promise<void> {
  const { pool } = context;
  const { database } = pool;
  assertPlugged(database, repository);
  const files = filesOf(pool, repository);
  let disks: readonly DiskFile[] = [];
  await pool.operations.run(context, repository, {
    name: 'scan',
    latencyMs: 0,
    check: () => {
      assertRepositoryAllows(context, repository, 'scan');
      assertPlugged(database, repository);
      assertBackendWell(repository);
    },
    prepare: async () => {
      if (files !== undefined) disks = await files.scan();
    },
    apply: () => {
      if (files !== undefined) showFiles(database, repository, disks);
      accountFor(database, repository);
    },
  });
  collectLater(context, repository);
}

/** The storage manager cleans up some time after each scan, unless it is told not to. */
function collectLater(context: CallContext, repository: Row): void {
  const { pool } = context;
  const { collectGarbageAfterMs: delay } = pool.settings;
  const changes = filesOf(pool, repository)?.changes;
  if (changes === undefined || !Number.isFinite(delay)) return;
  pool.clock.schedule(delay, () => {
    const there = pool.database.find('SR', repository.ref);
    const { gc, coalesce } = textMap(there?.fields.get('other_config'));
    if (pool.closing.signal.aborted || there === undefined || gc === 'false') return;
    // What goes wrong here is tried again after the next scan, as by a real one.
    collect(context, there, coalesce === 'false' ? 'keep' : 'merge').catch(() => undefined);
  });
}

async function collect(
  context: CallContext,
  repository: Row,
  bases: 'keep' | 'merge',
): Promise<void> {
  const { pool } = context;
  const files = filesOf(pool, repository);
  let disks: readonly DiskFile[] = [];
  const task = pool.identifiers.ref();
  await pool.operations.run({ ...context, task, signal: pool.closing.signal }, repository, {
    name: 'scan',
    latencyMs: 0,
    check: () => assertPlugged(pool.database, repository),
    prepare: async () => {
      await files?.changes?.collect(bases);
      disks = (await files?.scan()) ?? [];
    },
    apply: () => {
      showFiles(pool.database, repository, disks);
      accountFor(pool.database, repository);
    },
  });
}

function supportedTypes({ pool }: CallContext): readonly string[] {
  const types = [...pool.database.rows('SM')].map((manager) => textField(manager, 'type'));
  return [...new Set(types)];
}

function assertKnownType(context: CallContext, type: string): void {
  const known = supportedTypes(context);
  // Pools without rows for storage managers have all of them.
  if (known.length > 0 && !known.includes(type)) throw new XapiFault('SR_UNKNOWN_DRIVER', type);
}

function assertHostLive({ pool }: CallContext, ref: string): Row {
  const host = pool.database.find('host', ref);
  const metrics = pool.database.find('host_metrics', host ? textField(host, 'metrics') : '');
  if (host === undefined || !isTrue(metrics?.fields.get('live'))) {
    throw new XapiFault('HOST_OFFLINE', ref);
  }
  return host;
}

/** `SR.create(host, device_config, physical_size, label, description, type, content_type, shared, sm_config)`. */
function create(context: CallContext, args: readonly Json[]): string {
  const { database } = context.pool;
  const [host, config, , label, description, type, content, shared, sm] = args;
  const where = assertHostLive(context, textOf(host));
  const kind = textOf(type).toLowerCase();
  assertKnownType(context, kind);
  const everywhere = flagOf(shared);
  const repository = database.insert('SR', {
    name_label: textOf(label),
    name_description: textOf(description),
    type: kind,
    content_type: textOf(content),
    shared: everywhere,
    sm_config: textMap(structOf(sm ?? {})),
    physical_size: 4 * 2 ** 40,
  });
  const hosts = everywhere ? [...database.rows('host')] : [where];
  for (const each of hosts) {
    const pbd = connect(context, each.ref, repository.ref, textMap(structOf(config)));
    database.set(pbd, 'currently_attached', true);
  }
  return repository.ref;
}

/** `SR.introduce(uuid, label, description, type, content_type, shared, sm_config)`: a row and nothing else. */
function introduce(context: CallContext, args: readonly Json[]): string {
  const { database, identifiers } = context.pool;
  const [uuid, label, description, type, content, shared, sm] = args;
  const kind = textOf(type).toLowerCase();
  const wanted = textOf(uuid);
  if (wanted !== '' && database.byUuid('SR', wanted) !== undefined) {
    throw new XapiFault('SR_UUID_EXISTS', wanted);
  }
  assertKnownType(context, kind);
  return database.insert('SR', {
    uuid: wanted === '' ? identifiers.uuid() : wanted,
    name_label: textOf(label),
    name_description: textOf(description),
    type: kind,
    content_type: textOf(content),
    shared: flagOf(shared),
    sm_config: textMap(structOf(sm ?? {})),
    physical_size: -1,
    physical_utilisation: -1,
  }).ref;
}

/** Forgets a repository: its disks go on existing, and drives go on pointing to their rows, which are gone. */
function remove({ pool }: CallContext, repository: Row): void {
  const { database } = pool;
  for (const ref of repository.links.get('PBDs') ?? []) database.remove(database.get('PBD', ref));
  for (const ref of repository.links.get('VDIs') ?? []) database.remove(database.get('VDI', ref));
  database.remove(repository);
}

function leave(operation: 'forget' | 'destroy') {
  return async (context: CallContext, repository: Row): Promise<void> => {
    await context.pool.operations.run(context, repository, {
      name: operation,
      latencyMs: 0,
      check: () => assertRepositoryAllows(context, repository, operation),
      apply: () => remove(context, repository),
    });
  };
}

function setShared({ pool }: CallContext, repository: Row, value: Json | undefined): void {
  const shared = flagOf(value);
  if (!shared && (repository.links.get('PBDs')?.size ?? 0) > 1) {
    throw new XapiFault('SR_HAS_MULTIPLE_PBDS', repository.ref);
  }
  pool.database.set(repository, 'shared', shared);
}

function ofRepository(
  act: (context: CallContext, repository: Row, argument: Json | undefined) => void | Promise<void>,
): Behaviour {
  return async (context, [ref, argument]) => {
    await act(context, context.pool.database.get('SR', textOf(ref)), argument);
    return '';
  };
}

/** Storage repositories. */
export const REPOSITORIES: Behaviours = {
  'SR.scan': ofRepository(scan),
  'SR.create': (context, args) => create(context, args),
  'SR.introduce': (context, args) => introduce(context, args),
  'SR.forget': ofRepository(leave('forget')),
  'SR.destroy': ofRepository(leave('destroy')),
  'SR.update': ofRepository((context, repository) => {
    assertPlugged(context.pool.database, repository);
    assertRepositoryAllows(context, repository, 'update');
    accountFor(context.pool.database, repository);
  }),
  'SR.set_shared': ofRepository(setShared),
  'SR.set_physical_size': ofRepository(({ pool }, repository, value) => {
    pool.database.set(repository, 'physical_size', Number(value));
  }),
  'SR.get_supported_types': (context) => [...supportedTypes(context)],
  'SR.probe': (context, [host, , type]) => {
    assertHostLive(context, textOf(host));
    assertKnownType(context, textOf(type).toLowerCase());
    return '<?xml version="1.0" ?>\n<SRlist/>\n';
  },
};
