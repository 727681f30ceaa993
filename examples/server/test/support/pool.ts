/** A XAPI record, as far as these tests look. */
export interface XapiRecord {
  readonly uuid: string;
  readonly name_label: string;
  readonly power_state: string;
  readonly is_a_template: boolean;
  readonly is_control_domain: boolean;
  readonly is_a_snapshot: boolean;
  /** Among others, whose it is. */
  readonly other_config: { readonly [name: string]: string };
  /** Of a VLAN. */
  readonly tag: number | string;
  /** Of a disk. */
  readonly virtual_size: number | string;
}

interface RpcAnswer<Result> {
  readonly result: Result;
  readonly error?: unknown;
}

/** The pool's own view of itself, over XAPI, past everything of ours. */
export interface PoolView {
  /** Names of servers, templates and control domains left out. */
  servers(): Promise<readonly XapiRecord[]>;
  vlans(): Promise<readonly XapiRecord[]>;
  networks(): Promise<readonly XapiRecord[]>;
  /** Disks that are somebody's: bases of images left out. */
  disks(): Promise<readonly XapiRecord[]>;
}

/** Logs in to the simulated pool that a server's greeting names. */
export async function poolOf(greeting: string): Promise<PoolView> {
  const url = /at (http:\/\/\S+)/.exec(greeting)?.[1];
  if (url === undefined) throw new Error(`no pool in the greeting: ${greeting}`);
  return poolAt(url, 'simulated');
}

/** Logs in to a pool. */
export async function poolAt(url: string, password: string): Promise<PoolView> {
  const call = async <Result>(method: string, ...params: readonly unknown[]): Promise<Result> => {
    const response = await fetch(`${url}/jsonrpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const answer = (await response.json()) as RpcAnswer<Result>;
    if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  };
  const session = await call<string>(
    'session.login_with_password',
    'root',
    password,
    '1.0',
    'test',
  );
  const records = async (className: string): Promise<readonly XapiRecord[]> =>
    Object.values(await call<Record<string, XapiRecord>>(`${className}.get_all_records`, session));
  return {
    servers: async () =>
      (await records('VM')).filter(
        (vm) => !vm.is_a_template && !vm.is_control_domain && !vm.is_a_snapshot,
      ),
    vlans: () => records('VLAN'),
    networks: () => records('network'),
    disks: async () => (await records('VDI')).filter((disk) => !disk.uuid.startsWith('00000000-')),
  };
}
