import type { ApplianceActual, ApplianceRepair, IsolationProof, ResourceUuid } from '@gdcloud/core';
import type { PairState } from '../high-availability/pair-keeper.js';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { NamespaceName } from '../plan/plan-names.js';
import type { UnwellServers } from '../program/compile-program.js';
import type { PartCount } from '../program/part-counts.js';

/** Does what documents say, on one machine. Fails only with a DriverFailure, or as the signal aborts. */
export interface Carrier {
  readonly mode: Exclude<ApplianceActual['mode'], 'record'>;
  /** Whether a network is as its document asks, by its mark alone. */
  isCarried(document: ApplianceDocument, signal: AbortSignal): Promise<boolean>;
  /** The mark of what is carried as a whole; undefined while it is being changed, and where nothing is. */
  readyMark(namespace: NamespaceName, signal: AbortSignal): Promise<number | undefined>;
  /** Brings a network to its document. `stillOurs` throws where a newer caller has it by now: then nothing is done. */
  carry(
    document: ApplianceDocument,
    stillOurs: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /** The servers that fail the checks of their balancers, as far as is known; they get no new connections. */
  unwell(network: ResourceUuid): UnwellServers;
  /** What it has repaired by itself, oldest first: the last few. */
  repairs(network: ResourceUuid): readonly ApplianceRepair[];
  /** Calls `changed` when servers have become well or unwell, and when something was repaired, until `signal` aborts. */
  watch(changed: (network: ResourceUuid) => void, signal: AbortSignal): Promise<void>;
  /** Takes a network away. Nothing there is success. */
  dissolve(network: ResourceUuid, signal: AbortSignal): Promise<void>;
  /** What the parts of a network have carried: it only grows. */
  meters(network: ResourceUuid, signal: AbortSignal): Promise<ReadonlyMap<string, PartCount>>;
  /** Shows that what is sent in one network does not arrive in another; see NetworkDriver. */
  proveIsolation(
    from: ResourceUuid,
    to: ResourceUuid,
    signal: AbortSignal,
  ): Promise<IsolationProof>;
  /** The networks of which anything is there, whoever has made it. */
  networks(signal: AbortSignal): Promise<readonly ResourceUuid[]>;
  /** Whether anything of a network is there. */
  isThere(namespace: NamespaceName, signal: AbortSignal): Promise<boolean>;
  /** The revision of a network that this process has seen to be carried as a whole; undefined where that is not certain. */
  revision(network: ResourceUuid): number | undefined;
  /** Whether this appliance of a pair is heard now, by what the kernel has. */
  isHeard(signal: AbortSignal): Promise<boolean>;
  /** What this appliance is in its pair; undefined where it is in none, or has not begun. */
  pairState(): PairState | undefined;
  /** Hands all networks over to the other appliance of the pair. See {@link PairKeeper.handOver}. */
  handOver(signal: AbortSignal): Promise<void>;
  /** Ends what it talks to. Networks of mode `full` go on, unless they are a pair's: then the other may carry them at once. */
  close(): Promise<void>;
}
