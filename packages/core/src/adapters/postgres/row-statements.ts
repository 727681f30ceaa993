import { CompiledQuery } from 'kysely';
import { RESOURCE_COLUMNS, type ResourceTable } from '../store/schema.js';

type Row = readonly unknown[];

/** How many rows statements are made for; shorter lists are filled up with rows of nulls, which meet nothing. */
const SIZES = [1, 2, 4, 8, 16, 32, 64] as const;

/** The most rows a statement takes. */
export const MOST_ROWS = 64;

const columnsOf = (table: string): string =>
  RESOURCE_COLUMNS.map((name) => `${table}."${name}"`).join(', ');

/** A column of the rows given to a statement, and its type. */
type Given = readonly (readonly [name: string, type: 'text' | 'int4' | 'int8'])[];

const CLAIM: Given = [
  ['uuid', 'text'],
  ['fence', 'text'],
];
const RECORD: Given = [
  ['uuid', 'text'],
  ['fence', 'text'],
  ['status_version', 'int4'],
  ['status', 'text'],
  ['conditions', 'text'],
  ['parts', 'text'],
  ['observed_generation', 'int4'],
  ['attempted_generation', 'int4'],
  ['outcome', 'text'],
  ['next_attempt_at', 'int8'],
  ['attempts', 'int4'],
  ['last_error_code', 'text'],
  ['last_error_message', 'text'],
  ['events', 'text'],
];
const INTEGERS = ['visible_to_all', 'generation', 'observed_generation', 'attempted_generation'];
const MORE_INTEGERS = ['status_version', 'attempts'];
const MOMENTS = ['created', 'delete_requested_at', 'next_attempt_at', 'removed'];
const typeOf = (name: string): 'text' | 'int4' | 'int8' =>
  MOMENTS.includes(name)
    ? 'int8'
    : INTEGERS.includes(name) || MORE_INTEGERS.includes(name)
      ? 'int4'
      : 'text';
const INSERT: Given = [
  ...RESOURCE_COLUMNS.map((name) => [name, typeOf(name)] as const),
  ['events', 'text'],
  ['named', 'text'],
  ['holder', 'text'],
  ['holder_fence', 'text'],
  ['audit_uuid', 'text'],
  ['audit_account', 'text'],
  ['audit_at', 'int8'],
  ['audit_document', 'text'],
  ['audit_mac', 'text'],
];

/** Reads rows by uuid. */
export const getRows = statement<ResourceTable>(
  [['uuid', 'text']],
  (given) => `
with given as materialized (${given})
select ${columnsOf('resource')} from given join resource on resource.uuid = given.uuid`,
);

// Rows are locked in one order, whoever writes them, so that statements that meet wait and never deadlock.
const LOCKED = `locked as materialized (
  select resource.uuid from resource where resource.uuid in (select given.uuid from given)
  order by resource.uuid for no key update of resource
)`;

/** Puts fences on rows, where they are newer than those there are. */
export const claimRows = statement<ResourceTable>(
  CLAIM,
  (given) => `
with given as materialized (${given}), ${LOCKED}
update resource set fence = given.fence
from locked join given on given.uuid = locked.uuid
where resource.uuid = locked.uuid and resource.removed is null
  and (resource.fence is null or resource.fence < given.fence)
returning ${columnsOf('resource')}`,
);

/** Writes what was observed of rows, where fence and version are still those given, and their histories. */
export const recordRows = statement<ResourceTable>(
  RECORD,
  (given) => `
with given as materialized (${given}), ${LOCKED},
written as (
  update resource set
    status = given.status, conditions = given.conditions, parts = given.parts,
    observed_generation = given.observed_generation, attempted_generation = given.attempted_generation,
    status_version = given.status_version + 1, outcome = given.outcome,
    next_attempt_at = given.next_attempt_at, attempts = given.attempts,
    last_error_code = given.last_error_code, last_error_message = given.last_error_message
  from locked join given on given.uuid = locked.uuid
  where resource.uuid = locked.uuid and resource.removed is null
    and resource.fence = given.fence and resource.status_version = given.status_version
  returning ${columnsOf('resource')}, given.events
),
told as (
  insert into history (resource, events)
  select written.uuid, written.events from written where written.events is not null
)
select ${columnsOf('written')} from written`,
);

/**
 * Inserts rows with their references, the first event of each and what the audit log says of it, and answers with the uuids of those that are new. A
 * row whose holder carries another fence, or is gone, is not inserted; nobody takes a holder over meanwhile. Nor is one
 * that names what is leaving or gone, or whose account is; nobody asks what is named to leave meanwhile.
 */
export const insertRows = statement<{ uuid: string }>(
  INSERT,
  (given) => `
with given as materialized (${given}),
held as materialized (
  select resource.uuid, resource.fence from resource
  where resource.uuid in (select given.holder from given) and resource.removed is null
  order by resource.uuid for share of resource
),
named as materialized (
  select given.uuid as source, reference.field, reference.target
  from given cross join lateral json_to_recordset(given.named::json) as reference(field text, target text)
),
standing as materialized (
  select resource.uuid, resource.delete_requested_at is null and resource.removed is null as stays
  from resource
  where resource.uuid in (select named.target from named union all select given.account from given)
  order by resource.uuid for key share of resource
),
made as (
  insert into resource (${RESOURCE_COLUMNS.map((name) => `"${name}"`).join(', ')})
  select ${columnsOf('given')} from given where given.uuid is not null
    and (given.holder is null or (given.holder, given.holder_fence) in (select held.uuid, held.fence from held))
    and given.account not in (select standing.uuid from standing where not standing.stays)
    and not exists (
      select from named where named.source = given.uuid
        and named.target not in (select standing.uuid from standing where standing.stays)
    )
  order by given.uuid
  on conflict do nothing
  returning resource.uuid
),
told as (
  insert into history (resource, events)
  select made.uuid, given.events from made join given on given.uuid = made.uuid
),
audited as (
  insert into audit (uuid, account, at, document, mac)
  select given.audit_uuid, given.audit_account, given.audit_at, given.audit_document, given.audit_mac
  from made join given on given.uuid = made.uuid where given.audit_uuid is not null
),
linked as (
  insert into reference (source, field, target)
  select made.uuid, named.field, named.target
  from made join named on named.source = made.uuid
  on conflict do nothing
)
select made.uuid from made`,
);

/** Makes the statement for as many rows as there are, once a size. */
function statement<Answer>(
  given: Given,
  text: (given: string) => string,
): (rows: readonly Row[]) => CompiledQuery<Answer> {
  const texts = new Map<number, string>();
  const nothing = given.map(() => null);
  return (rows) => {
    const size = SIZES.find((each) => each >= rows.length) ?? MOST_ROWS;
    let sql = texts.get(size);
    if (sql === undefined) {
      sql = text(valuesOf(given, size));
      texts.set(size, sql);
    }
    const filled = [...rows, ...Array.from({ length: size - rows.length }, () => nothing)];
    return CompiledQuery.raw(sql, filled.flat()) as CompiledQuery<Answer>;
  };
}

function valuesOf(given: Given, size: number): string {
  const row = (index: number): string =>
    given.map(([, type], column) => `$${index * given.length + column + 1}::${type}`).join(', ');
  const rows = Array.from({ length: size }, (_, index) => `(${row(index)})`).join(', ');
  const names = given.map(([name]) => `"${name}"`).join(', ');
  return `select * from (values ${rows}) as given (${names})`;
}
