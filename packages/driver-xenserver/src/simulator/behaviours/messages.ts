import type { Json } from '@gdcloud/core';
import { isAtLeast } from '../../datamodel/releases.js';
import { asText, isList, textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import type { Pool } from '../pool.js';
import { recordOf, textField } from '../record.js';
import { xapiTime } from '../xapi-time.js';

/** What a message says of which object. */
interface Text {
  readonly name: string;
  readonly priority: number;
  readonly cls: string;
  readonly obj_uuid: string;
  readonly body: string;
}

/** A real XAPI keeps so many and forgets the oldest (reference/xenserver.md 1.4 has the like for deletions). */
const KEPT = 10_000;

function write(pool: Pool, text: Text): Row {
  const { database } = pool;
  const row = database.insert('message', { ...text, timestamp: xapiTime(pool.clock.now()) });
  if (database.count('message') > KEPT) {
    const [oldest] = database.rows('message');
    if (oldest !== undefined) database.remove(oldest);
  }
  return row;
}

function assertKnown(pool: Pool, cls: string, uuid: string, ...parameters: string[]): void {
  const known = cls === 'Host' ? 'host' : cls === 'Pool' ? 'pool' : cls;
  const there = pool.schema.has(known) && pool.database.byUuid(known, uuid) !== undefined;
  if (!there) throw new XapiFault('UUID_INVALID', ...parameters);
}

function recordsOf(rows: readonly Row[]): Json {
  return Object.fromEntries(rows.map((row) => [row.ref, recordOf(row)]));
}

/** Whole seconds are all that the times of messages and of the wire tell. */
function isLater(row: Row, since: string): boolean {
  return textField(row, 'timestamp') > since;
}

function destroy({ database }: Pool, ref: Json | undefined): void {
  database.remove(database.get('message', textOf(ref)));
}

/** Messages: what people are told, kept with the object it is about and yet not of the database. */
export const MESSAGES: Behaviours = {
  'message.create': ({ pool }, [name, priority, cls, uuid, body]) => {
    assertKnown(pool, textOf(cls), textOf(uuid), textOf(cls), textOf(uuid));
    return write(pool, {
      name: textOf(name),
      priority: Number(priority),
      cls: textOf(cls),
      obj_uuid: textOf(uuid),
      body: textOf(body),
    }).ref;
  },
  'message.destroy': ({ pool }, [ref]) => {
    destroy(pool, ref);
    return '';
  },
  'message.destroy_many': ({ pool }, [refs]) => {
    for (const ref of isList(refs) ? refs : []) destroy(pool, ref);
    return '';
  },
  'message.get': ({ pool }, [cls, uuid, since]) => {
    assertKnown(pool, textOf(cls), textOf(uuid));
    return recordsOf(
      [...pool.database.rows('message')].filter(
        (row) =>
          row.fields.get('cls') === cls &&
          row.fields.get('obj_uuid') === uuid &&
          isLater(row, textOf(since)),
      ),
    );
  },
  'message.get_since': ({ pool }, [since]) =>
    recordsOf([...pool.database.rows('message')].filter((row) => isLater(row, textOf(since)))),
  // There is no query on what is no table: whatever is asked, all are told.
  'message.get_all_records_where': ({ pool }) => recordsOf([...pool.database.rows('message')]),
};

interface Announcement {
  readonly name: string;
  /** How the sentence goes on after the VM's name. */
  readonly tail: (pool: Pool, vm: Row, answer: Json) => string;
}

const says =
  (tail: string): Announcement['tail'] =>
  () =>
    tail;

const where =
  (verb: string): Announcement['tail'] =>
  ({ database }, vm) => {
    const host = database.find('host', textField(vm, 'resident_on'));
    if (host === undefined) return verb;
    return `${verb} on host: ${textField(host, 'name_label')} (uuid: ${textField(host, 'uuid')})`;
  };

const STARTED = { name: 'VM_STARTED', tail: where('started') };
const RESUMED = { name: 'VM_RESUMED', tail: where('resumed') };

/** The calls after which XAPI tells people what became of a VM. */
const ANNOUNCEMENTS: Readonly<Record<string, Announcement>> = {
  'VM.start': STARTED,
  'VM.start_on': STARTED,
  'VM.resume': RESUMED,
  'VM.resume_on': RESUMED,
  'VM.clean_shutdown': { name: 'VM_SHUTDOWN', tail: says('shutdown') },
  'VM.shutdown': { name: 'VM_SHUTDOWN', tail: says('shutdown') },
  'VM.hard_shutdown': { name: 'VM_SHUTDOWN', tail: says('shutdown forcibly') },
  'VM.clean_reboot': { name: 'VM_REBOOTED', tail: says('rebooted cleanly') },
  'VM.hard_reboot': { name: 'VM_REBOOTED', tail: says('rebooted forcibly') },
  'VM.suspend': { name: 'VM_SUSPENDED', tail: says('suspended') },
  'VM.clone': {
    name: 'VM_CLONED',
    tail: ({ database }, _vm, answer) => {
      const copy = database.find('VM', asText(answer));
      return `cloned (new uuid: ${copy === undefined ? '' : textField(copy, 'uuid')})`;
    },
  },
};

function announcing(behaviour: Behaviour, { name, tail }: Announcement): Behaviour {
  return async (context, args) => {
    const answer = await behaviour(context, args);
    const { pool } = context;
    const vm = pool.database.find('VM', asText(args[0]));
    // One whose end removed it is not spoken of.
    if (vm === undefined || pool.closing.signal.aborted) return answer;
    write(pool, {
      name,
      priority: isAtLeast(pool.release, 'clearwater') ? 5 : 1,
      cls: 'VM',
      obj_uuid: textField(vm, 'uuid'),
      body: `VM '${textField(vm, 'name_label')}' ${tail(pool, vm, answer)}`,
    });
    return answer;
  };
}

/** The same behaviours, with messages about VMs after those calls that XAPI tells people about. */
export function withAnnouncements(behaviours: Behaviours): Behaviours {
  const announced = Object.entries(ANNOUNCEMENTS).flatMap(([call, announcement]) => {
    const behaviour = behaviours[call];
    return behaviour === undefined ? [] : [[call, announcing(behaviour, announcement)] as const];
  });
  return { ...behaviours, ...Object.fromEntries(announced) };
}
