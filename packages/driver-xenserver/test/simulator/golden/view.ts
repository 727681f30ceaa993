import { call, type Line } from './line.js';
import { isList, isMap, type Value } from './scenario.js';

type Row = Readonly<Record<string, Value>>;

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  VBD: 'VDI allowed_operations currently_attached device empty mode userdevice'.split(' '),
  VIF: 'allowed_operations currently_attached device network'.split(' '),
  VDI: 'VBDs allowed_operations managed name_label snapshot_of snapshots type virtual_size'.split(
    ' ',
  ),
  PIF: 'currently_attached device network VLAN VLAN_master_of VLAN_slave_of'.split(' '),
  SR: 'PBDs VDIs allowed_operations'.split(' '),
  PBD: ['currently_attached'],
  network: 'PIFs VIFs allowed_operations bridge'.split(' '),
  host: 'allowed_operations enabled resident_VMs'.split(' '),
  pool: 'allowed_operations default_SR suspend_image_SR'.split(' '),
  task: 'allowed_operations error_info progress result status'.split(' '),
};

function operations(row: Row): readonly Value[] {
  const running = row['current_operations'];
  return isMap(running) ? Object.values(running) : [];
}

function some(row: Row, fields: readonly string[]): Row {
  const kept = Object.fromEntries(fields.map((name) => [name, row[name] ?? null]));
  const running = operations(row);
  return running.length === 0 ? kept : { ...kept, current_operations: running };
}

/** The fields of a view as recorded: a recording of another class may keep others than {@link FIELDS}. */
function fieldsOf(className: string, recorded: Value): readonly string[] {
  const known = FIELDS[className] ?? [];
  if (className !== 'PIF' || !isMap(recorded)) return known;
  return Object.keys(recorded).filter((name) => name !== 'current_operations');
}

/** Observes objects the way recordings show them after a step. */
export class Observer {
  readonly #line: Line;
  readonly #session: string;

  constructor(line: Line, session: string) {
    this.#line = line;
    this.#session = session;
  }

  async #ask(method: string, ref: Value): Promise<Value | undefined> {
    const reply = await call(this.#line, method, [this.#session, ref]);
    return reply.kind === 'result' ? reply.result : undefined;
  }

  async #row(className: string, ref: Value): Promise<Row | undefined> {
    const record = await this.#ask(`${className}.get_record`, ref);
    return isMap(record) ? record : undefined;
  }

  /** The view of one object; `["HANDLE_INVALID"]` when it is gone. */
  async view(className: string, ref: string, recorded: Value): Promise<Value> {
    const row = await this.#row(className, ref);
    if (row === undefined) return ['HANDLE_INVALID'];
    return className === 'VM' ? this.#machine(row) : some(row, fieldsOf(className, recorded));
  }

  async #devices(
    refs: Value | undefined,
    className: string,
    key: string,
    fields: readonly string[],
  ): Promise<Row> {
    const devices: [string, Value][] = [];
    for (const ref of isList(refs) ? refs : []) {
      const row = await this.#row(className, ref);
      if (row !== undefined) devices.push([String(row[key]), some(row, fields)]);
    }
    return Object.fromEntries(devices);
  }

  async #machine(row: Row): Promise<Value> {
    const consoles: Value[] = [];
    for (const ref of isList(row['consoles']) ? row['consoles'] : []) {
      consoles.push((await this.#ask('console.get_protocol', ref)) ?? null);
    }
    return {
      power_state: row['power_state'] ?? null,
      allowed_operations: row['allowed_operations'] ?? null,
      current_operations: operations(row),
      resident_on: row['resident_on'] ?? null,
      domid: row['domid'] ?? null,
      consoles,
      has_guest_metrics: row['guest_metrics'] !== 'OpaqueRef:NULL',
      is_a_template: row['is_a_template'] ?? null,
      VBDs: await this.#devices(row['VBDs'], 'VBD', 'userdevice', [
        'VDI',
        'allowed_operations',
        'currently_attached',
        'device',
        'empty',
        'mode',
        'type',
      ]),
      VIFs: await this.#devices(row['VIFs'], 'VIF', 'device', [
        'allowed_operations',
        'currently_attached',
        'network',
      ]),
    };
  }
}
