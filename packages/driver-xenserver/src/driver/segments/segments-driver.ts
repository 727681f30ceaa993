import {
  type Accepted,
  asExternalId,
  type Change,
  type Driver,
  type DriverCall,
  DriverFailure,
  type DriverTraits,
  type DuplicateObject,
  type Foreseen,
  type ObjectKey,
  type Observation,
  type OwnedPage,
  type SegmentActual,
  type SegmentDesired,
} from '@gdcloud/core';
import { failing } from '../../client/driver-failure.js';
import { isXapiError } from '../../client/xapi-error.js';
import type { NetworkRecord } from '../../datamodel/records.generated.js';
import { isNullRef } from '../../datamodel/ref.js';
import type { DriverContext } from '../context.js';
import { fenceFor, passFence } from '../fence.js';
import { observing } from '../observing.js';
import { type Found, findClaimants, findDoomed, findOurs, orGone, SEGMENT } from '../ours.js';
import { ownedPage } from '../owned-page.js';
import { descriptionOf, ID, stampFor } from '../stamp.js';
import { together } from '../together.js';
import { type Link, resolveLink } from './link.js';
import { type HostPart, readParts } from './state.js';

/** Segments as networks of the pool with a VLAN on each host, brought up host by host. */
export class SegmentsDriver implements Driver<SegmentDesired, SegmentActual> {
  readonly name = 'xenserver.segments';
  readonly backend: string;
  readonly traits: DriverTraits = { identity: 'stamped', fencing: 'checked', dataBearing: false };
  readonly #context: DriverContext;

  constructor(context: DriverContext) {
    this.#context = context;
    this.backend = context.settings.backend;
  }

  observe(
    key: ObjectKey,
    desired: SegmentDesired | undefined,
    call: DriverCall,
  ): Promise<Observation<SegmentActual>> {
    return observing(async () => {
      const found = await findClaimants(this.#context, SEGMENT, key, call);
      if (found === undefined) return { presence: 'absent' };
      const link = desired === undefined ? undefined : resolveLink(this.#context, desired);
      const parts =
        link === undefined ? [] : await readParts(this.#context, found, link.device, call);
      return {
        presence: 'present',
        external: found.external,
        actual: { hosts: found.record.PIFs.length },
        changes: desired === undefined ? [] : await this.#changes(found, desired, parts, call),
        ...(found.duplicates.length === 0 ? {} : { duplicates: found.duplicates.map(duplicateOf) }),
      };
    });
  }

  create(key: ObjectKey, desired: SegmentDesired, call: DriverCall): Promise<Accepted> {
    const { xapi, settings } = this.#context;
    return failing(async () => {
      resolveLink(this.#context, desired);
      const found = await findOurs(this.#context, SEGMENT, key, call);
      if (found !== undefined) return { external: found.external, settled: true };
      const record = {
        name_label: desired.name,
        name_description: descriptionOf(key),
        MTU: '1500',
        other_config: { ...stampFor(key, settings.deployment), ...fenceFor(call) },
      };
      const ref = await xapi.write('network.create', [record], call);
      const uuid = await orGone(() => xapi.read('network.get_uuid', [ref], call));
      return { external: uuid === undefined ? undefined : asExternalId(uuid), settled: true };
    });
  }

  update(
    key: ObjectKey,
    desired: SegmentDesired,
    change: Change,
    call: DriverCall,
  ): Promise<Accepted> {
    const context = this.#context;
    return failing(async () => {
      const link = resolveLink(context, desired);
      const found = await findOurs(context, SEGMENT, key, call);
      if (found === undefined) throw segmentGone();
      const accepted: Accepted = { external: found.external, settled: true };
      if (change.field === 'name') {
        await this.#passFence(found, call);
        await context.xapi.write('network.set_name_label', [found.ref, desired.name], call);
        return accepted;
      }
      const parts = await readParts(context, found, link.device, call);
      for (const part of parts.filter(isIncomplete)) {
        if ((await this.#fieldOf(part, call)) !== change.field) continue;
        await this.#passFence(found, call);
        await this.#complete(found, part, link, call);
        break;
      }
      return accepted;
    });
  }

  delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    const { xapi } = this.#context;
    return failing(async () => {
      const found = await findDoomed(this.#context, SEGMENT, key, call);
      if (found === undefined) return { settled: true };
      await this.#demandNoStrangers(found, call);
      await this.#passFence(found, call);
      for (const ref of found.record.PIFs) {
        const pif = await orGone(() => xapi.read('PIF.get_record', [ref], call));
        if (pif === undefined || isNullRef(pif.VLAN_master_of)) continue;
        await orGone(() => xapi.write('VLAN.destroy', [pif.VLAN_master_of], call));
        return { external: found.external, settled: true };
      }
      await orGone(() => xapi.write('network.destroy', [found.ref], call));
      return { settled: true };
    });
  }

  foresee(desired: SegmentDesired, call: DriverCall): Promise<Foreseen<SegmentActual>> {
    return failing(async () => {
      const { device } = resolveLink(this.#context, desired);
      const parts = await readParts(this.#context, { record: { PIFs: [] } }, device, call);
      return { changes: await this.#missing(parts, call), actual: { hosts: parts.length } };
    });
  }

  list(_cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
    const { xapi, settings } = this.#context;
    return failing(async () => {
      const records = await xapi.read('network.get_all_records', [], call);
      return ownedPage(Object.values(records), settings.deployment);
    });
  }

  async #changes(
    found: Found<NetworkRecord>,
    desired: SegmentDesired,
    parts: readonly HostPart[],
    call: DriverCall,
  ): Promise<readonly Change[]> {
    const changes: Change[] = [];
    const { name_label: name } = found.record;
    if (name !== desired.name) changes.push({ field: 'name', desired: desired.name, actual: name });
    return [...changes, ...(await this.#missing(parts, call))];
  }

  async #missing(parts: readonly HostPart[], call: DriverCall): Promise<readonly Change[]> {
    const changes: Change[] = [];
    for (const part of parts.filter(isIncomplete)) {
      const actual = part.interface === undefined ? 'missing' : 'unplugged';
      changes.push({ field: await this.#fieldOf(part, call), desired: 'plugged', actual });
    }
    return changes;
  }

  async #fieldOf(part: HostPart, call: DriverCall): Promise<string> {
    return `hosts.${await this.#context.xapi.read('host.get_uuid', [part.host], call)}`;
  }

  /** Adds the segment to one host. Someone else having done so meanwhile is success, if it is the same segment. */
  async #complete(
    found: Found<NetworkRecord>,
    part: HostPart,
    link: Link,
    call: DriverCall,
  ): Promise<void> {
    const { xapi } = this.#context;
    if (part.interface !== undefined) {
      await xapi.write('PIF.plug', [part.interface.ref], call);
      return;
    }
    if (part.trunk === undefined) return;
    try {
      await xapi.write('VLAN.create', [part.trunk.ref, link.tag, found.ref], call);
    } catch (error) {
      if (!isXapiError(error, 'PIF_VLAN_EXISTS', 'NETWORK_ALREADY_CONNECTED')) throw error;
      const now = await xapi.read('network.get_record', [found.ref], call);
      const hosts = await together(
        now.PIFs.map((ref) => orGone(() => xapi.read('PIF.get_record', [ref], call))),
      );
      if (hosts.some((pif) => pif?.host === part.host && pif.VLAN === link.tag)) return;
      throw tagTaken(link, part.trunk.device, await this.#carrierOf(part, link, call));
    }
  }

  /** XAPI removes the cards of servers that are off along with their network, whoever's they are. */
  async #demandNoStrangers({ record }: Found<NetworkRecord>, call: DriverCall): Promise<void> {
    const { xapi } = this.#context;
    const names: string[] = [];
    for (const ref of record.VIFs) {
      const vif = await orGone(() => xapi.read('VIF.get_record', [ref], call));
      if (vif === undefined || vif.other_config[ID] !== undefined) continue;
      const vm = await orGone(() => xapi.read('VM.get_record', [vif.VM], call));
      names.push(vm === undefined ? ref : `${vm.name_label} (${vm.uuid})`);
    }
    if (names.length > 0) throw segmentInUse(names);
  }

  /** What the pool calls the network that has the tag on that host; undefined where it has gone meanwhile. */
  async #carrierOf(part: HostPart, { tag }: Link, call: DriverCall): Promise<string | undefined> {
    const { xapi } = this.#context;
    const tagged = await xapi.read('PIF.get_all_records_where', [`field "VLAN" = "${tag}"`], call);
    const carrier = Object.values(tagged).find(
      ({ host, device }) => host === part.host && device === part.trunk?.device,
    );
    if (carrier === undefined) return undefined;
    const network = await orGone(() => xapi.read('network.get_record', [carrier.network], call));
    return network === undefined ? undefined : `${network.name_label} (${network.uuid})`;
  }

  #passFence(found: Found<NetworkRecord>, call: DriverCall): Promise<void> {
    const { ref, record } = found;
    return passFence(this.#context, { class: 'network', ref, config: record.other_config }, call);
  }
}

// A network that neither a host nor a server is part of has carried nothing.
function duplicateOf({ uuid, PIFs, VIFs }: NetworkRecord): DuplicateObject {
  return {
    external: asExternalId(uuid),
    used: PIFs.length === 0 && VIFs.length === 0 ? 'never' : 'maybe',
  };
}

function isIncomplete(part: HostPart): boolean {
  if (part.interface === undefined) return part.trunk !== undefined;
  return !part.interface.record.currently_attached;
}

function tagTaken(link: Link, device: string, carrier: string | undefined): DriverFailure {
  const named = carrier === undefined ? '' : `, ${carrier}`;
  return new DriverFailure(
    'rejected',
    'SegmentTaken',
    `VLAN ${link.tag} on ${device} belongs to another network${named}`,
    {
      remedy:
        'Remove that network from the pool, or take its VLAN out of the ids that this cloud may use.',
    },
  );
}

function segmentInUse(names: readonly string[]): DriverFailure {
  const message = `servers that are not of this cloud have cards in it: ${names.join(', ')}`;
  return new DriverFailure('rejected', 'SegmentInUse', message, {
    remedy: 'Adopt these servers, or move their cards to other networks in the pool.',
  });
}

function segmentGone(): DriverFailure {
  return new DriverFailure('rejected', 'SegmentGone', 'the pool has no network of this segment', {
    remedy: 'Nothing to do: it is looked at again.',
  });
}
