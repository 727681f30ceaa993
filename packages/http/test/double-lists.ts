import type {
  Caller,
  ListPage,
  ListQuery,
  Relative,
  Resource,
  ResourceId,
  ResourceType,
  ResourceUuid,
  TypeRegistry,
} from '@gdcloud/core';
import { matches, positionOf, startsAfter } from './double-filter.js';
import { sees } from './double-row.js';

type Rows = ReadonlyMap<ResourceUuid, Resource>;

/** A page of what a caller sees of a type. */
export function pageOf(rows: Rows, caller: Caller, type: ResourceType, query: ListQuery): ListPage {
  const found = [...rows.values()]
    .filter((row) => row.type === type.id && sees(caller, type, row))
    .filter((row) => row.removed === null || query.removedSince !== undefined)
    .filter((row) => query.child === undefined || isChild(rows, row, query.child))
    .filter((row) =>
      query.filters.every((filter) => matches(row, filter, rows.get(row.account)?.id)),
    )
    .map((row) => ({ row, position: positionOf(row, query.sort?.field) }))
    .filter(({ position }) => startsAfter(position, query.after, query.sort?.order))
    .sort((left, right) =>
      startsAfter(left.position, right.position, query.sort?.order) ? 1 : -1,
    );
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  return {
    resources: page.map(({ row }) => row),
    ...(found.length > page.length && last !== undefined ? { next: last.position } : {}),
  };
}

/** Where a link of a type leads to from each of `resources`, as far as a caller sees it. */
export function relativesOf(
  { rows, types }: { readonly rows: Rows; readonly types: TypeRegistry },
  caller: Caller,
  type: ResourceType,
  link: string,
  resources: readonly Resource[],
): readonly Relative[] {
  const declared = type.links[link];
  const all = [...rows.values()];
  return resources.flatMap((one) => {
    if (declared?.kind === 'children') {
      const child = types.get(declared.type);
      return all
        .filter((row) => row.type === declared.type && row.removed === null)
        .filter((row) => sees(caller, child, row))
        .filter((row) => isChild(rows, row, { field: declared.field, parent: one.uuid }))
        .map((resource) => ({ of: one.uuid, resource }));
    }
    const target = declared?.kind === 'reference' ? type.spec[declared.field]?.target : undefined;
    if (declared?.kind !== 'reference' || target === undefined) return [];
    const end = types.get(target);
    return all
      .filter((row) => row.type === target && row.id === one.spec[declared.field])
      .filter((row) => sees(caller, end, row))
      .map((resource) => ({ of: one.uuid, resource }));
  });
}

/** What the accounts of resources are called, by uuid. */
export function accountIdsOf(
  rows: Rows,
  resources: readonly Resource[],
): ReadonlyMap<ResourceUuid, ResourceId> {
  return new Map(
    resources.flatMap(({ account }) => {
      const row = rows.get(account);
      return row === undefined ? [] : [[account, row.id]];
    }),
  );
}

function isChild(rows: Rows, row: Resource, child: NonNullable<ListQuery['child']>): boolean {
  return { ...row.spec, ...row.status }[child.field] === rows.get(child.parent)?.id;
}
