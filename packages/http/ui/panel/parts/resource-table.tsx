import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Resource, type Schema, textOf } from '../../hypermedia/documents.js';
import { pathTo, usePanel } from '../context.js';
import { titleOf } from '../titles.js';
import type { Column } from './columns.js';
import { ValueText } from './value-text.js';

interface ResourceTableProps {
  readonly schema: Schema;
  readonly rows: readonly Resource[];
  readonly columns: readonly Column[];
}

interface Order {
  readonly name: string;
  readonly way: 'ascending' | 'descending';
}

/** As in the style sheet; rows have one height so that only those in sight need be on the page. */
const ROW_PX = 44;
/** Lists that are no longer than this are on the page whole. */
const ALL_UP_TO = 60;
/** How many rows out of sight are made on either side. */
const AROUND = 6;

/** Resources as a table, sorted by any column. Of long lists only the rows in sight are made. */
export function ResourceTable({ schema, rows, columns }: ResourceTableProps) {
  const { labels } = usePanel();
  const [order, setOrder] = useState<Order | undefined>();
  const sorted = useMemo(() => (order === undefined ? rows : sort(rows, order)), [rows, order]);
  const body = useRef<HTMLTableSectionElement>(null);
  const { from, to } = useSight(body, sorted.length);
  const turn = (name: string): void =>
    setOrder((last) => ({
      name,
      way: last?.name === name && last.way === 'ascending' ? 'descending' : 'ascending',
    }));
  return (
    <div class="table-room">
      <table aria-rowcount={sorted.length + 1}>
        <thead>
          <tr>
            {columns.map(({ name }) => (
              <th key={name} scope="col" aria-sort={order?.name === name ? order.way : 'none'}>
                <button type="button" class="plain" onClick={() => turn(name)}>
                  {labels.field(schema.id, name)}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Gap rows={from} columns={columns.length} />
          {sorted.slice(from, to).map((resource, index) => (
            <Row
              key={resource.id}
              at={from + index + 2}
              schema={schema}
              resource={resource}
              columns={columns}
            />
          ))}
          <Gap rows={sorted.length - to} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly at: number;
  readonly schema: Schema;
  readonly resource: Resource;
  readonly columns: readonly Column[];
}

function Row({ at, schema, resource, columns }: RowProps) {
  const { home } = usePanel();
  return (
    <tr aria-rowindex={at}>
      {columns.map(({ name, cell }, place) => (
        <td key={name}>
          {place === 0 ? (
            <a href={home + pathTo(schema.pluralName, resource.id)}>
              <bdi>{cell === undefined ? titleOf(resource) : cell(resource)}</bdi>
            </a>
          ) : cell === undefined ? (
            <ValueText schema={schema} resource={resource} name={name} />
          ) : (
            cell(resource)
          )}
        </td>
      ))}
    </tr>
  );
}

function Gap({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height: `${rows * ROW_PX}px`, padding: 0 }} />
    </tr>
  );
}

// Which rows can be seen, and some around them.
function useSight(
  body: { readonly current: HTMLElement | null },
  count: number,
): { readonly from: number; readonly to: number } {
  const [sight, setSight] = useState({ from: 0, to: ALL_UP_TO });
  useEffect(() => {
    if (count <= ALL_UP_TO) return;
    let frame = 0;
    const look = (): void => {
      frame = 0;
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / ROW_PX) - AROUND);
      const last = Math.min(count, first + Math.ceil(innerHeight / ROW_PX) + 2 * AROUND);
      setSight((now) => (now.from === first && now.to === last ? now : { from: first, to: last }));
    };
    const later = (): void => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  }, [count]);
  return count <= ALL_UP_TO
    ? { from: 0, to: count }
    : { from: Math.min(sight.from, count), to: Math.min(sight.to, count) };
}

function sort(rows: readonly Resource[], { name, way }: Order): readonly Resource[] {
  const sign = way === 'ascending' ? 1 : -1;
  return rows.toSorted((one, other) => sign * compare(one[name], other[name]));
}

const ALPHABET = new Intl.Collator(undefined, { numeric: true });

function compare(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return ALPHABET.compare(textOf(one ?? ''), textOf(other ?? ''));
}
