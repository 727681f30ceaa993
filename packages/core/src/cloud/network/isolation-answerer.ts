import { DriverFailure, RequestError } from '../../model/errors.js';
import type { Resource } from '../../model/resource.js';
import type { Answerer } from '../../ports/answerer.js';
import type { Clock } from '../../ports/clock.js';
import type { IsolationProof, NetworkDriver } from '../../ports/drivers/network.js';
import type { Store } from '../../ports/store.js';
import { liveRow } from '../live-row.js';
import { unownedCall } from '../unowned-call.js';
import { isUp, network } from './network.js';

type Network = Resource<typeof network>;

/** How long one proof may take; milliseconds. */
const CALL_LIMIT = 30_000;
/** No further one is begun after that: what is left is asked for next. */
const ENOUGH = 20_000;
/** The most networks that are looked through for neighbours. */
const MOST_NETWORKS = 10_000;

/** What the answerer works with. */
export interface IsolationAnswererOptions {
  readonly driver: NetworkDriver;
  readonly store: Pick<Store, 'all' | 'find'>;
  readonly clock: Clock;
}

/**
 * Answers whether a network is apart from another, or from each that shares its trunk, by probes that are sent now. What is
 * not done in a moment is left for the next question, which says after which neighbour it goes on.
 */
export function isolationAnswerer({
  driver,
  store,
  clock,
}: IsolationAnswererOptions): Answerer<typeof network> {
  const prove = driver.proveIsolation?.bind(driver);
  return {
    type: network,
    question: 'testisolation',
    async answer({ resource, input }) {
      if (prove === undefined) throw nobodyProbes();
      const others = await othersOf(store, resource, input);
      const began = clock.monotonic();
      const proofs: { readonly networkId: string; readonly proof: IsolationProof }[] = [];
      for (const other of others) {
        if (proofs.length > 0 && clock.monotonic() - began > ENOUGH) break;
        const proof = await unownedCall({ clock, limitMs: CALL_LIMIT, overdue }, (call) =>
          prove(resource.uuid, other.uuid, call),
        );
        proofs.push({ networkId: other.id, proof });
      }
      const isDone = proofs.length === others.length;
      return {
        fields: {
          tested: proofs.length,
          left: others.length - proofs.length,
          sent: sum(proofs.map(({ proof }) => proof.tried.length)),
          arrived: sum(proofs.map(({ proof }) => proof.arrived.length)),
          proofs: proofs.map(({ networkId, proof }) => ({
            networkId,
            sentBy: proof.by,
            sent: [...proof.tried],
            arrived: [...proof.arrived],
          })),
          next: isDone ? null : (proofs.at(-1)?.networkId ?? null),
        },
      };
    },
  };
}

async function othersOf(
  store: Pick<Store, 'all' | 'find'>,
  of: Network,
  { networkId, after }: { readonly [name: string]: unknown },
): Promise<readonly Network[]> {
  if (typeof networkId === 'string') {
    const other = await liveRow(store, network, networkId);
    if (other === undefined || other.uuid === of.uuid)
      throw new RequestError('InvalidReference', 'networkId: it has to be another network', {
        fieldName: 'networkId',
      });
    return [other];
  }
  const all = (await store.all(network, MOST_NETWORKS)) as readonly Network[];
  const from = typeof after === 'string' ? all.findIndex(({ id }) => id === after) + 1 : 0;
  return all
    .slice(from)
    .filter(
      (other) =>
        other.uuid !== of.uuid &&
        isUp(other) &&
        other.status.physicalNetwork === of.status.physicalNetwork,
    );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function nobodyProbes(): RequestError {
  return new RequestError('ActionNotAvailable', 'nobody sends probes from this process', {
    detail: 'Run a network driver that carries networks in the processes that take requests.',
  });
}

function overdue(): DriverFailure {
  return new DriverFailure('unavailable', 'ProbesOverdue', 'the appliance did not tell in time', {
    remedy: 'Ask again in a moment.',
  });
}
