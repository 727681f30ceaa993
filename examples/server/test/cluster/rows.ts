import type { DatabaseWatch } from './database-watch.js';

/** A resource as the database has it. */
export interface Row {
  readonly uuid: string;
  readonly type: string;
  readonly id: string;
  readonly account: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly made: string | undefined;
  readonly spec: { readonly [field: string]: unknown };
  readonly status: { readonly [field: string]: unknown };
  readonly deleteRequestedAt: string | null;
}

/** Everything in the database that the audit compares. */
export interface Inside {
  /** What is not removed. */
  readonly rows: readonly Row[];
  /** Owners of allocations, claims and references. */
  readonly owners: readonly { readonly owner: string; readonly what: string }[];
  readonly capacity: readonly {
    readonly what: string;
    readonly used: number;
    readonly claimed: number;
  }[];
}

interface RawRow {
  readonly uuid: string;
  readonly type: string;
  readonly id: string;
  readonly account: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly data: string;
  readonly spec: string;
  readonly status: string;
  readonly delete_requested_at: string | null;
}

/** Reads them. */
export async function lookInside(watch: DatabaseWatch): Promise<Inside> {
  const raw = await watch.rows<RawRow>(
    `select uuid, type, id, account, name, description, data, spec, status, delete_requested_at
      from resource where removed is null order by uuid`,
  );
  const owners = await watch.rows<{ owner: string; what: string }>(
    `select owner, pool || ' ' || item as what from allocation
      union all select owner, class || ' on ' || holder from claim
      union all select source, 'reference ' || field from reference`,
  );
  const capacity = await watch.rows<{ what: string; used: string; claimed: string }>(
    `select class || ' of ' || holder as what, used,
      coalesce((select sum(amount) from claim where claim.class = capacity.class and claim.holder = capacity.holder), 0) as claimed
      from capacity`,
  );
  return {
    rows: raw.map(({ data, spec, status, delete_requested_at, ...row }) => ({
      ...row,
      made: (JSON.parse(data) as { readonly made?: string }).made,
      spec: JSON.parse(spec) as Row['spec'],
      status: JSON.parse(status) as Row['status'],
      deleteRequestedAt: delete_requested_at,
    })),
    owners,
    capacity: capacity.map(({ what, used, claimed }) => ({
      what,
      used: Number(used),
      claimed: Number(claimed),
    })),
  };
}
