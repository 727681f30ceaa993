import type { ResourceUuid } from '../../model/identity.js';
import type { TrafficByWay } from '../../model/traffic.js';
import type { Driver, DriverCall } from '../driver.js';
import type { ApplianceActual, ApplianceDesired } from './appliance.js';
import type { DocumentsOnRecord, PairMember } from './appliance-pair.js';

/** Carries private networks: what a package like `driver-vlan` registers under `NETWORK`. */
export interface NetworkDriver {
  /** `vlan` */
  readonly name: string;
  /** The appliance that routes and translates for a network: it follows the document it is given. */
  readonly appliances: Driver<ApplianceDesired, ApplianceActual>;

  /**
   * The generation in which every appliance of the network carries an element of its document; undefined: none carries it
   * any more, so what it held may be given to others. A look that changes nothing, and costs the same however much there
   * is in the document. Throws `unavailable` where an appliance that may still carry it can't be asked; 0 where that is one
   * of a pair: it is known to be away, and it is waited for that it can't take over any more.
   */
  carried(
    network: ResourceUuid,
    element: ResourceUuid,
    call: DriverCall,
  ): Promise<number | undefined>;

  /**
   * What public addresses, forwards and balancers of a network have carried. It only grows, whatever is changed or restarted
   * meanwhile, until the element leaves the network; what a removal has cut off between two looks is not in it. Absent:
   * this driver counts nothing.
   */
  meters?(network: ResourceUuid, call: DriverCall): Promise<readonly ElementMeter[]>;

  /**
   * Sends probes in one network, as a server of it would, and looks for them in another, where none should arrive. What goes
   * on in them is not disturbed. Throws `invalid` where one of them is not carried. Absent: this driver can't.
   */
  proveIsolation?(from: ResourceUuid, to: ResourceUuid, call: DriverCall): Promise<IsolationProof>;

  /**
   * The very commands that carry a document on a machine that has nothing of the network yet, as text, without any secret.
   * Asks nobody and changes nothing. Throws `invalid` for a document that can't be carried. Absent: this driver has no text.
   */
  planText?(network: ResourceUuid, document: ApplianceDesired, call: DriverCall): Promise<string>;

  /**
   * Calls `changed` with the uuid of a network whose appliance has something new to tell by itself, until `signal` aborts:
   * that it carries it otherwise than it was asked, so that one that lost all with its power is told anew at once; servers
   * that became well or unwell; something that it has repaired. Best effort: a missed change costs only the time until the
   * next look. Absent: nobody notices.
   */
  watch?(
    changed: (network: ResourceUuid) => void,
    options: { readonly signal: AbortSignal },
  ): Promise<void>;

  /** Of an appliance that is one of a pair: how it is dealt with as such. Absent: it is alone. */
  readonly member?: PairMember | undefined;

  /**
   * Of a pair: lets its appliances take over for as long as they carry what is on record, until `signal` aborts. Runs in
   * each process that makes the world as asked. Absent: there is no pair.
   */
  vouch?(records: DocumentsOnRecord, options: { readonly signal: AbortSignal }): Promise<void>;

  /** The physical networks that carry segments, and which ids may be handed out on each. Fixed by configuration. */
  readonly physicalNetworks: readonly PhysicalNetwork[];

  /**
   * The MAC address for the n-th try of a network card, stable for its arguments: the kernel takes the first that is
   * free. Locally administered, unicast.
   */
  macAddress(card: {
    readonly server: ResourceUuid;
    readonly device: number;
    readonly attempt: number;
  }): string;
}

/** What came of probes from one network to another. */
export interface IsolationProof {
  /** The probes that were sent, and seen to be, each by a few words: `to everyone`. */
  readonly tried: readonly string[];
  /** Those of them that were seen in the other network, where none should be. */
  readonly arrived: readonly string[];
  /**
   * From where they were sent. `server`: a port of its own on the segment, as a server's card is. `gateway`: the gateway's own
   * device, where a trunk has no other; so such a proof says nothing of who else is on the segment.
   */
  readonly by: 'server' | 'gateway';
}

/**
 * What an element of a network has carried since it came to the network: a public address, or a network as a whole whose
 * IPv6 range is routed to it, `in` towards the network and `out` from it; a forward or a balancer `both` ways together.
 */
export interface ElementMeter extends TrafficByWay {
  readonly element: ResourceUuid;
}

/** A trunk and the segment ids on it that are ours. */
export interface PhysicalNetwork {
  /** `physnet1`: also the name compute drivers map to a device of each host. */
  readonly name: string;
  readonly kind: Segment['kind'];
  /** Of `qinq`: the outer tags that are ours, each around all of the inner ones; new ones at the end. Default: 1 alone. */
  readonly outerIds?: readonly number[] | undefined;
  readonly firstId: number;
  readonly lastId: number;
}

/** A layer-2 network of its own, unique by (physical network, kind, id). */
export type Segment =
  /** 802.1Q; `id` 1–4094. */
  | { readonly kind: 'vlan'; readonly physicalNetwork: string; readonly id: number }
  /** 802.1ad; `outerId` and `id` 1–4094. */
  | {
      readonly kind: 'qinq';
      readonly physicalNetwork: string;
      readonly outerId: number;
      readonly id: number;
    }
  /** RFC 7348; `id` 1–16777215. */
  | { readonly kind: 'vxlan'; readonly physicalNetwork: string; readonly id: number };
