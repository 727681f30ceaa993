import type { PortProtocol } from '@gdcloud/core';
import type { ElementSets } from '../program/element-sets.js';

/** Connections that the kernel tracks and sends on to a server, in the terms of the element that lets them pass. */
export interface TrackedFlow {
  readonly protocol: PortProtocol;
  readonly publicAddress: string;
  readonly publicPort: number;
  readonly privateAddress: string;
  readonly privatePort: number;
}

const FLOW =
  /^(?:ipv4\s+2\s+)?(tcp|udp)\s.*?\ssrc=\S+ dst=(\S+) sport=\d+ dport=(\d+) .*?src=(\S+) dst=\S+ sport=(\d+) dport=\d+ /;

/** Reads what `conntrack -L --dst-nat` prints: each kind of connection once, however many there are of it. */
export function trackedFlows(listing: string): readonly TrackedFlow[] {
  const flows = new Map<string, TrackedFlow>();
  for (const line of listing.split('\n')) {
    const [, protocol, publicAddress, publicPort, privateAddress, privatePort] =
      FLOW.exec(line) ?? [];
    if (publicAddress === undefined || privateAddress === undefined) continue;
    const flow = {
      protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
      publicAddress,
      publicPort: Number(publicPort),
      privateAddress,
      privatePort: Number(privatePort),
    };
    flows.set(`${flow.protocol} ${keyOf(flow)}`, flow);
  }
  return [...flows.values()];
}

/** Those of them that no element lets pass. */
export function revokedFlows(
  flows: readonly TrackedFlow[],
  elements: ElementSets,
): readonly TrackedFlow[] {
  const ranges = { tcp: rangesOf(elements, 'tcp'), udp: rangesOf(elements, 'udp') };
  return flows.filter(
    (flow) =>
      elements.get(`live_${flow.protocol}`)?.has(keyOf(flow)) !== true &&
      !ranges[flow.protocol].some(
        ({ publicAddress, privateAddress, first, last }) =>
          flow.publicAddress === publicAddress &&
          flow.privateAddress === privateAddress &&
          // A range keeps its ports.
          flow.publicPort === flow.privatePort &&
          flow.publicPort >= first &&
          flow.publicPort <= last,
      ),
  );
}

/** The lines for `conntrack --load-file` that forget all connections of these kinds. */
export function forgetLines(flows: readonly TrackedFlow[]): readonly string[] {
  return flows.map(
    ({ protocol, publicAddress, publicPort, privateAddress, privatePort }) =>
      `-D -p ${protocol} --orig-dst ${publicAddress} --orig-port-dst ${publicPort} --reply-src ${privateAddress} --reply-port-src ${privatePort}`,
  );
}

interface LiveRange {
  readonly publicAddress: string;
  readonly privateAddress: string;
  readonly first: number;
  readonly last: number;
}

function rangesOf(elements: ElementSets, protocol: PortProtocol): readonly LiveRange[] {
  return [...(elements.get(`live_ranges_${protocol}`)?.keys() ?? [])].map((key) => {
    const [publicAddress = '', ports = '', privateAddress = ''] = key.split(' . ');
    const [first, last] = ports.split('-').map(Number);
    return { publicAddress, privateAddress, first: first ?? 0, last: last ?? first ?? 0 };
  });
}

function keyOf({ publicAddress, publicPort, privateAddress, privatePort }: TrackedFlow): string {
  return `${publicAddress} . ${publicPort} . ${privateAddress} . ${privatePort}`;
}
