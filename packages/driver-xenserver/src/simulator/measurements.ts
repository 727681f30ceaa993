import type { Row } from './database.js';
import type { Pool } from './pool.js';
import { textField } from './record.js';
import { isTrue } from './values.js';

/** How finely a host remembers how long: seconds. */
const ARCHIVES = [
  { step: 5, span: 600 },
  { step: 60, span: 7_200 },
  { step: 3_600, span: 604_800 },
  { step: 86_400, span: 31_622_400 },
] as const;
const MOST_ROWS = 1_000;

/** What is sent back. */
export type Measured =
  | { readonly status: 200; readonly body: string }
  | { readonly status: 401 | 404 };

/**
 * Answers `/rrd_updates?session_id=…&start=…` as a real host does, in XML or, asked with `json=true`, in JSON: averages of
 * the running guests, or of the one that `vm_uuid` names. What is measured follows from the guest and the time alone.
 */
export function measure(pool: Pool, target: string): Measured {
  const { pathname, searchParams } = new URL(target, 'http://pool.invalid');
  if (pathname !== '/rrd_updates') return { status: 404 };
  if (pool.database.find('session', searchParams.get('session_id') ?? '') === undefined)
    return { status: 401 };
  const now = Math.floor(pool.clock.now() / 1_000);
  const start = Number(searchParams.get('start') ?? now);
  const interval = Number(searchParams.get('interval') ?? 5);
  const archive =
    ARCHIVES.find(({ step, span }) => step >= interval && start >= now - span) ?? ARCHIVES[3];
  const { step } = archive;
  const wanted = searchParams.get('vm_uuid');
  const series = guests(pool)
    .filter((vm) => wanted === null || textField(vm, 'uuid') === wanted)
    .flatMap((vm) => seriesOf(pool, vm));
  const last = Math.floor(now / step) * step;
  const count = Math.min(MOST_ROWS, Math.max(0, Math.floor((last - start) / step)));
  const rows = Array.from({ length: count }, (_, index) => last - index * step).map((t) => ({
    t,
    values: series.map(({ at }) => at(t)),
  }));
  const legend = series.map(({ name }) => name);
  const answer = { start: last - count * step, end: last, step, legend, rows };
  return { status: 200, body: searchParams.get('json') === 'true' ? json(answer) : xml(answer) };
}

interface Series {
  readonly name: string;
  readonly at: (seconds: number) => number;
}

function guests(pool: Pool): readonly Row[] {
  return [...pool.database.rows('VM')].filter(
    (vm) =>
      textField(vm, 'power_state') === 'Running' && !isTrue(vm.fields.get('is_control_domain')),
  );
}

function seriesOf(pool: Pool, vm: Row): readonly Series[] {
  const { database } = pool;
  const uuid = textField(vm, 'uuid');
  const named = (name: string, largest: number): Series => ({
    name: `AVERAGE:vm:${uuid}:${name}`,
    at: (seconds) => largest * wave(`${uuid} ${name}`, seconds),
  });
  const cpus = Number(vm.fields.get('VCPUs_at_startup') ?? 1);
  const memory = Number(vm.fields.get('memory_static_max') ?? 0);
  const drives = [...(vm.links.get('VBDs') ?? [])].map((ref) => database.get('VBD', ref));
  const cards = [...(vm.links.get('VIFs') ?? [])].map((ref) => database.get('VIF', ref));
  return [
    ...Array.from({ length: cpus }, (_, index) => named(`cpu${index}`, 1)),
    { name: `AVERAGE:vm:${uuid}:memory`, at: () => memory },
    ...drives
      .map((vbd) => textField(vbd, 'device'))
      .filter((device) => device !== '')
      .flatMap((device) => [
        named(`vbd_${device}_read`, 2 ** 22),
        named(`vbd_${device}_write`, 2 ** 21),
      ]),
    ...cards
      .map((vif) => textField(vif, 'device'))
      .flatMap((device) => [
        named(`vif_${device}_rx`, 2 ** 20),
        named(`vif_${device}_tx`, 2 ** 19),
      ]),
  ];
}

// Between 0 and 1, up and down over minutes; each name has a beat of its own.
function wave(name: string, seconds: number): number {
  let hash = 0;
  for (const byte of Buffer.from(name)) hash = (Math.imul(hash, 31) + byte) >>> 0;
  return (1 + Math.sin(seconds / (60 + (hash % 240)) + (hash % 7))) / 2;
}

interface Answer {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly legend: readonly string[];
  readonly rows: readonly { readonly t: number; readonly values: readonly number[] }[];
}

function json({ start, end, step, legend, rows }: Answer): string {
  const meta = { start, step, end, rows: rows.length, columns: legend.length, legend };
  return JSON.stringify({ meta, data: rows });
}

function xml({ start, end, step, legend, rows }: Answer): string {
  const entries = legend.map((entry) => `<entry>${entry}</entry>`).join('');
  const data = rows
    .map(({ t, values }) => `<row><t>${t}</t>${values.map((v) => `<v>${v}</v>`).join('')}</row>`)
    .join('');
  return `<xport><meta><start>${start}</start><step>${step}</step><end>${end}</end><rows>${rows.length}</rows><columns>${legend.length}</columns><legend>${entries}</legend></meta><data>${data}</data></xport>`;
}
