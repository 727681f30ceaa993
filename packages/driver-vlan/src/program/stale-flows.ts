import type { PortProtocol } from '@gdcloud/core';
import { type ElementGroup, type ElementSets, elementSets } from './element-sets.js';

/** A connection as `conntrack -L` prints it: where it came from and to, and who answers whom. */
interface Flow {
  readonly protocol: PortProtocol;
  readonly source: string;
  readonly sourcePort: string;
  readonly target: string;
  readonly targetPort: string;
  readonly answerer: string;
  readonly answererPort: string;
  readonly answered: string;
}

const FLOW =
  /^(?:ipv4\s+\d+\s+)?(tcp|udp)\s.*?src=([\d.]+) dst=([\d.]+) sport=(\d+) dport=(\d+).*? src=([\d.]+) dst=([\d.]+) sport=(\d+) dport=\d+/;

/**
 * The commands that forget the connections which a program's firewall cuts, none where there is nothing to forget: a line
 * each of a file for `conntrack -R`, which can't read them from a socket, as Node's standard input is one. `listing` is what
 * `conntrack -L` prints.
 *
 * They pass no packet any more, forgotten or not. But a client that goes on sending from one port, as UDP's do, keeps its
 * cut connection alive, and would never be let to where the port leads now.
 */
export function staleFlows(listing: string, groups: readonly ElementGroup[]): readonly string[] {
  const sets = elementSets(groups);
  const outgoing = new Set(sets.get('outgoing')?.values());
  return listing.split('\n').flatMap((line) => {
    const flow = readFlow(line);
    return flow === undefined || isLive(flow, sets, outgoing) ? [] : [forget(flow)];
  });
}

function readFlow(line: string): Flow | undefined {
  const found = FLOW.exec(line);
  if (found === null) return undefined;
  const [, protocol, source = '', target = '', sourcePort = '', targetPort = ''] = found;
  const [answerer = '', answered = '', answererPort = ''] = found.slice(6);
  const ends = { source, sourcePort, target, targetPort, answerer, answererPort, answered };
  return { protocol: protocol === 'tcp' ? 'tcp' : 'udp', ...ends };
}

function isLive(flow: Flow, sets: ElementSets, outgoing: ReadonlySet<string>): boolean {
  const { protocol, source, target, targetPort, answerer, answererPort, answered } = flow;
  if (target !== answerer || targetPort !== answererPort) {
    const key = `${target} . ${targetPort} . ${answerer} . ${answererPort}`;
    return sets.get(`live_${protocol}`)?.has(key) === true || isInLiveRange(flow, sets);
  }
  return source === answered || outgoing.has(answered);
}

// Ranges keep their ports.
function isInLiveRange(flow: Flow, sets: ElementSets): boolean {
  if (flow.targetPort !== flow.answererPort) return false;
  const port = Number(flow.targetPort);
  for (const [key, target] of sets.get(`ranges_${flow.protocol}`) ?? []) {
    const [address, ports = ''] = key.split(' . ');
    const [start, end] = ports.split('-').map(Number);
    if (
      address === flow.target &&
      target === flow.answerer &&
      port >= (start ?? Number.NaN) &&
      port <= (end ?? Number.NaN)
    ) {
      return true;
    }
  }
  return false;
}

function forget({ protocol, source, sourcePort, target, targetPort }: Flow): string {
  return `-D -p ${protocol} -s ${source} -d ${target} --sport ${sourcePort} --dport ${targetPort}`;
}
