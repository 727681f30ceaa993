import type { PortProtocol } from '@gdcloud/core';
import type { ElementSets } from '../program/element-sets.js';
import { IPV4, IPV6, wordsOf } from '../program/family-words.js';

/** Connections that the kernel tracks and translates, in the terms of what lets them pass. */
export type TrackedFlow = ForwardedFlow | OutgoingFlow;

/** Of others with a server, by a public address and port. */
export interface ForwardedFlow {
  readonly way: 'in';
  readonly protocol: PortProtocol;
  readonly publicAddress: string;
  readonly publicPort: number;
  readonly privateAddress: string;
  readonly privatePort: number;
}

/** Of servers with others, who see them by a public address. */
export interface OutgoingFlow {
  readonly way: 'out';
  readonly protocol: PortProtocol;
  readonly publicAddress: string;
}

const FLOW =
  /^(?:ipv[46]\s+\d+\s+)?(tcp|udp)\s.*?\ssrc=(\S+) dst=(\S+) sport=\d+ dport=(\d+) .*?src=(\S+) dst=(\S+) sport=(\d+) dport=\d+ /;

/** Reads what `conntrack -L --any-nat` prints: each kind of connection once, however many there are of it. */
export function trackedFlows(listing: string): readonly TrackedFlow[] {
  const flows = new Map<string, TrackedFlow>();
  for (const line of listing.split('\n')) {
    const found = FLOW.exec(line);
    if (found === null) continue;
    const flow = translated(found);
    if (flow !== undefined) flows.set(Object.values(flow).join(), flow);
  }
  return [...flows.values()];
}

// Who answers is another than was asked, or sees another than who asked.
function translated(found: RegExpExecArray): TrackedFlow | undefined {
  const [, name, asker, asked = '', askedPort, answerer = '', answered = '', answererPort] = found;
  const protocol = name === 'udp' ? 'udp' : 'tcp';
  if (asked !== answerer || askedPort !== answererPort) {
    return {
      way: 'in',
      protocol,
      publicAddress: asked,
      publicPort: Number(askedPort),
      privateAddress: answerer,
      privatePort: Number(answererPort),
    };
  }
  return asker === answered ? undefined : { way: 'out', protocol, publicAddress: answered };
}

/** Those of them that no element lets pass. */
export function revokedFlows(
  flows: readonly TrackedFlow[],
  elements: ElementSets,
): readonly TrackedFlow[] {
  const ranges = { tcp: rangesOf(elements, 'tcp'), udp: rangesOf(elements, 'udp') };
  const outgoing = outgoingAddresses(elements);
  return flows.filter((flow) =>
    flow.way === 'out'
      ? !outgoing.has(flow.publicAddress)
      : elements.get(liveSet(flow))?.has(keyOf(flow)) !== true &&
        !ranges[flow.protocol].some((range) => isIn(flow, range)),
  );
}

/** The lines for `conntrack --load-file` that forget all connections of these kinds. */
export function forgetLines(flows: readonly TrackedFlow[]): readonly string[] {
  return flows.map((flow) => {
    const { protocol, publicAddress } = flow;
    const head = `-D -f ${wordsOf(publicAddress).family} -p ${protocol}`;
    if (flow.way === 'out') return `${head} --src-nat ${publicAddress}`;
    const { publicPort, privateAddress, privatePort } = flow;
    return `${head} --orig-dst ${publicAddress} --orig-port-dst ${publicPort} --reply-src ${privateAddress} --reply-port-src ${privatePort}`;
  });
}

interface LiveRange {
  readonly publicAddress: string;
  readonly privateAddress: string;
  readonly first: number;
  readonly last: number;
}

function rangesOf(elements: ElementSets, protocol: PortProtocol): readonly LiveRange[] {
  const keys = [IPV4, IPV6].flatMap(({ digit }) => [
    ...(elements.get(`live${digit}_ranges_${protocol}`)?.keys() ?? []),
  ]);
  return keys.map((key) => {
    const [publicAddress = '', ports = '', privateAddress = ''] = key.split(' . ');
    const [first, last] = ports.split('-').map(Number);
    return { publicAddress, privateAddress, first: first ?? 0, last: last ?? first ?? 0 };
  });
}

function isIn(flow: ForwardedFlow, range: LiveRange): boolean {
  return (
    flow.publicAddress === range.publicAddress &&
    flow.privateAddress === range.privateAddress &&
    // A range keeps its ports.
    flow.publicPort === flow.privatePort &&
    flow.publicPort >= range.first &&
    flow.publicPort <= range.last
  );
}

function outgoingAddresses(elements: ElementSets): ReadonlySet<string> {
  return new Set(
    [IPV4, IPV6].flatMap(({ digit }) => [...(elements.get(`outgoing${digit}`)?.values() ?? [])]),
  );
}

function liveSet({ protocol, publicAddress }: ForwardedFlow): string {
  return `live${wordsOf(publicAddress).digit}_${protocol}`;
}

function keyOf({ publicAddress, publicPort, privateAddress, privatePort }: ForwardedFlow): string {
  return `${publicAddress} . ${publicPort} . ${privateAddress} . ${privatePort}`;
}
