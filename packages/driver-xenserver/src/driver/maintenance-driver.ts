import {
  type Accepted,
  asExternalId,
  type Change,
  type Driver,
  type DriverCall,
  DriverFailure,
  type DriverTraits,
  type Foreseen,
  type MaintenanceActual,
  type MaintenanceDesired,
  type ObjectKey,
  type Observation,
  type OwnedPage,
} from '@gdcloud/core';
import { failing } from '../client/driver-failure.js';
import type { HostRecord } from '../datamodel/records.generated.js';
import type { DriverContext } from './context.js';
import { observing } from './observing.js';
import { orGone } from './ours.js';

/** Says on a host that it was disabled for this deployment's maintenance, so that nothing else is ever enabled by us. */
const MAINTENANCE = 'gdcloud:maintenance';

/** What one update does to a host. */
type Action = 'note' | 'disable' | 'enable' | 'forget';

interface Step extends Change {
  readonly action: Action;
}

interface FoundHost {
  readonly ref: string;
  readonly record: HostRecord;
}

/** Hosts that are taken out of what the pool does by itself, and brought back. Hosts themselves are the pool's. */
export class MaintenanceDriver implements Driver<MaintenanceDesired, MaintenanceActual> {
  readonly name = 'xenserver.maintenance';
  readonly backend: string;
  readonly traits: DriverTraits = { identity: 'chosen', fencing: 'none', dataBearing: false };
  readonly #context: DriverContext;

  constructor(context: DriverContext) {
    this.#context = context;
    this.backend = context.settings.backend;
  }

  observe(
    key: ObjectKey,
    desired: MaintenanceDesired | undefined,
    call: DriverCall,
  ): Promise<Observation<MaintenanceActual>> {
    return observing(async () => {
      const found = await this.#find(desired?.host ?? key.external, call);
      if (found === undefined) return { presence: 'absent' };
      const steps = desired === undefined ? [] : this.#plan(found, desired);
      return {
        presence: 'present',
        external: asExternalId(found.record.uuid),
        actual: { accepting: found.record.enabled },
        changes: steps.map(({ field, desired: wanted, actual }) => ({
          field,
          desired: wanted,
          actual,
        })),
      };
    });
  }

  create(_key: ObjectKey, { host }: MaintenanceDesired): Promise<Accepted> {
    return Promise.reject(hostUnknown(host));
  }

  update(
    _key: ObjectKey,
    desired: MaintenanceDesired,
    change: Change,
    call: DriverCall,
  ): Promise<Accepted> {
    return failing(async () => {
      const found = await this.#find(desired.host, call);
      if (found === undefined) throw hostUnknown(desired.host);
      const step = this.#plan(found, desired).find(({ field }) => field === change.field);
      if (step !== undefined) await this.#apply(found, step.action, call);
      return { external: asExternalId(found.record.uuid), settled: true };
    });
  }

  /** Hosts stay; there is nothing to remove. */
  delete(): Promise<Accepted> {
    return Promise.resolve({ settled: true });
  }

  foresee({ mode }: MaintenanceDesired): Promise<Foreseen<MaintenanceActual>> {
    return Promise.resolve({ changes: [], actual: { accepting: mode === 'normal' } });
  }

  /** No host is ours, so none can be left over. */
  list(): Promise<OwnedPage> {
    return Promise.resolve({ objects: [] });
  }

  // Noted before it is disabled, and forgotten after it is enabled: a crash in between leaves something to go on from.
  #plan({ record }: FoundHost, { mode }: MaintenanceDesired): readonly Step[] {
    const { deployment } = this.#context.settings;
    const noted = record.other_config[MAINTENANCE] === deployment;
    const steps: Step[] = [];
    const add = (field: string, desired: boolean, action: Action): void => {
      steps.push({ field, desired, actual: !desired, action });
    };
    if (mode === 'maintenance') {
      if (!noted) add('noted', true, 'note');
      if (record.enabled) add('accepting', false, 'disable');
    } else if (noted) {
      if (!record.enabled) add('accepting', true, 'enable');
      add('noted', false, 'forget');
    }
    return steps;
  }

  async #apply({ ref, record }: FoundHost, action: Action, call: DriverCall): Promise<void> {
    const { xapi, settings } = this.#context;
    switch (action) {
      case 'note':
        // Another deployment's note is taken over: what counts is that the host is empty.
        if (record.other_config[MAINTENANCE] !== undefined)
          await xapi.write('host.remove_from_other_config', [ref, MAINTENANCE], call);
        await xapi.write('host.add_to_other_config', [ref, MAINTENANCE, settings.deployment], call);
        return;
      case 'disable':
        await xapi.write('host.disable', [ref], call);
        return;
      case 'enable':
        await xapi.write('host.enable', [ref], call);
        return;
      case 'forget':
        await xapi.write('host.remove_from_other_config', [ref, MAINTENANCE], call);
    }
  }

  #find(host: string | undefined, call: DriverCall): Promise<FoundHost | undefined> {
    const { xapi } = this.#context;
    if (host === undefined) return Promise.resolve(undefined);
    return orGone(async () => {
      const ref = await xapi.read('host.get_by_uuid', [host], call);
      return { ref, record: await xapi.read('host.get_record', [ref], call) };
    });
  }
}

function hostUnknown(host: string): DriverFailure {
  return new DriverFailure('rejected', 'HostUnknown', `the pool has no host ${host} any more`, {
    remedy: 'Nothing to do if it was taken out of the pool on purpose: delete the host.',
  });
}
