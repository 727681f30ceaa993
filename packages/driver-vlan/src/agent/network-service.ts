import type { NamespaceState } from '../links/link-state.js';
import type { NamespaceName } from '../plan/plan-names.js';
import type { NetworkProgram } from '../program/network-program.js';

/** The services there are, for events and counts. */
export type ServiceName = 'names' | 'tunnel' | 'proxy';

/**
 * A part of a network that processes do: leases and names, the VPN, balancing above connections. It keeps no state that
 * a restart would miss: what it did before is seen from files and processes.
 */
export interface NetworkService {
  readonly name: ServiceName;
  /** Whether the two ask the same of it. */
  isSame(one: NetworkProgram, other: NetworkProgram): boolean;
  /**
   * Brings it to `program`, from whatever is there. What is as asked goes on without a break. `before` is what the
   * namespace had when this round began.
   */
  follow(program: NetworkProgram, before: NamespaceState, signal: AbortSignal): Promise<void>;
  /** Whether it is as `program` asks, by a look that changes nothing. `state` is what the namespace has now. */
  isCarried(program: NetworkProgram, state: NamespaceState, signal: AbortSignal): Promise<boolean>;
  /** Stops it and removes what it has written. Nothing there is success. */
  dissolve(namespace: NamespaceName, signal: AbortSignal): Promise<void>;
}
