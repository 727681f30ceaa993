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
  type ServerActual,
  type ServerDesired,
} from '@gdcloud/core';
import { failing } from '../../client/driver-failure.js';
import { isXapiError } from '../../client/xapi-error.js';
import type { VMRecord } from '../../datamodel/records.generated.js';
import { isNullRef } from '../../datamodel/ref.js';
import { allEnded } from '../all-ended.js';
import type { DriverContext } from '../context.js';
import { can } from '../features.js';
import { passFence } from '../fence.js';
import { knownObjects } from '../known.js';
import { observing } from '../observing.js';
import {
  type Claimants,
  type Found,
  findClaimants,
  findDoomed,
  findOurs,
  orGone,
  SERVER,
} from '../ours.js';
import { ownedPage } from '../owned-page.js';
import { adoptedGone, adoptionOf, isNobodys } from './adopt.js';
import { applyStep } from './apply.js';
import { isBusy } from './busy.js';
import { newState, planServer } from './plan.js';
import { memoryNow } from './plan-size.js';
import { demandPossible } from './possible.js';
import { halt, stop } from './power.js';
import { restartsDone } from './restart-stamp.js';
import { settleIn } from './settle-in.js';
import { unfilteredReason } from './source-filter.js';
import { POWER_STATES, readPlace, readState, type ServerState } from './state.js';
import { NOTHING, type Plan, type Step } from './step.js';
import { vmRecord } from './vm-record.js';

/** How the name of a VM begins that no resource owns any more. */
const QUARANTINED = 'gdcloud quarantine: ';

/** Servers as VMs of the pool. The VM row lives as long as the server; its disks belong to the storage driver. */
export class ServersDriver implements Driver<ServerDesired, ServerActual> {
  readonly name = 'xenserver.servers';
  readonly backend: string;
  readonly traits: DriverTraits = { identity: 'stamped', fencing: 'checked', dataBearing: false };
  readonly #context: DriverContext;

  constructor(context: DriverContext) {
    this.#context = context;
    this.backend = context.settings.backend;
  }

  observe(
    key: ObjectKey,
    desired: ServerDesired | undefined,
    call: DriverCall,
  ): Promise<Observation<ServerActual>> {
    const context = this.#context;
    return observing(async () => {
      const found = await findClaimants(context, SERVER, named(key, desired), call);
      if (found === undefined) {
        context.absences.note(key, call.fence);
        return { presence: 'absent' };
      }
      if (desired === undefined && isNobodys(found.record)) return { presence: 'absent' };
      const devices = await this.#read(found, key, desired, call);
      const state =
        desired === undefined ? devices : await readPlace(context, devices, desired, call);
      const plan = desired === undefined ? NOTHING : planServer(state, desired, context.settings);
      return {
        presence: 'present',
        external: found.external,
        actual: await this.#actual(state, plan, call),
        changes: changesOf(plan.steps),
        busy: await isBusy(context, state, call),
        ...(found.duplicates.length === 0
          ? {}
          : { duplicates: await this.#duplicates(found, call) }),
      };
    });
  }

  create(key: ObjectKey, desired: ServerDesired, call: DriverCall): Promise<Accepted> {
    const context = this.#context;
    return failing(async () => {
      demandPossible(desired);
      if (desired.adopted !== undefined) throw adoptedGone(desired.adopted);
      // A repetition after a lost reply must not make a second one.
      if (!context.absences.take(key, call.fence)) {
        const found = await findOurs(context, SERVER, key, call);
        if (found !== undefined) return { external: found.external, settled: true };
      }
      const known = await can(context, 'domain-types', call);
      const record = vmRecord(key, desired, {
        settings: context.settings,
        call,
        domainTypes: known ? 'known' : 'unknown',
      });
      const ref = await context.xapi.write('VM.create', [record], call);
      // It is made, whatever becomes of the rest: what is missing of it the next look finds.
      return settleIn(context, { key, ref, desired }, call);
    });
  }

  update(
    key: ObjectKey,
    desired: ServerDesired,
    change: Change,
    call: DriverCall,
  ): Promise<Accepted> {
    const context = this.#context;
    return failing(async () => {
      demandPossible(desired);
      const found = await findOurs(context, SERVER, named(key, desired), call);
      if (found === undefined) throw serverGone();
      const devices = await this.#read(found, key, desired, call);
      if (await isBusy(context, devices, call)) return { external: found.external, settled: false };
      const state = await readPlace(context, devices, desired, call);
      const step = planServer(state, desired, context.settings).steps.find(
        ({ field }) => field === change.field,
      );
      // Done meanwhile, by the first of two calls or by the guest itself.
      if (step === undefined) return { external: found.external, settled: true };
      await this.#passFence(found, call);
      const outcome = await applyStep(context, { key, state, desired }, step, call);
      return { external: found.external, settled: outcome === 'done' };
    });
  }

  delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    const context = this.#context;
    return failing(async () => {
      const found = await findDoomed(context, SERVER, key, call);
      if (found === undefined || isNobodys(found.record)) return { settled: true };
      const halted = found.record.power_state === 'Halted';
      // A call on a VM that is being started would hang in the pool until the start is over.
      if (halted && Object.keys(found.record.current_operations).length > 0) {
        return { external: found.external, settled: false };
      }
      await this.#passFence(found, call);
      const state = await readState(context, found, call);
      if (!halted) {
        const outcome = await halt(context, state, call);
        return { external: found.external, settled: outcome === 'done' };
      }
      // Its disks are free only once its devices are: until then nobody must take them for it.
      if ([...state.disks, ...state.nics].some(({ attached }) => attached))
        return { external: found.external, settled: false };
      try {
        await context.xapi.write('VM.destroy', [found.ref], call);
      } catch (error) {
        if (!isXapiError(error, 'HANDLE_INVALID')) throw error;
      }
      return { settled: true };
    });
  }

  async foresee(desired: ServerDesired): Promise<Foreseen<ServerActual>> {
    demandPossible(desired);
    const { powerState, restarts, host, ramSizeMb, cpuCount } = desired;
    const actual = { powerState, restarts, ramSizeMb, cpuCount, pendingRestart: [] };
    return {
      changes: changesOf(planServer(newState(desired), desired, this.#context.settings).steps),
      actual: powerState === 'running' ? { ...actual, host } : actual,
    };
  }

  quarantine(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    const context = this.#context;
    return failing(async () => {
      const found = await findDoomed(context, SERVER, key, call);
      if (found === undefined || isNobodys(found.record)) return { settled: true };
      const { external, record, ref } = found;
      const state = await readState(context, found, call);
      if (await isBusy(context, state, call)) return { external, settled: false };
      await this.#passFence(found, call);
      // A suspended VM does no work either, and stopping it would lose the memory it has saved.
      if (record.power_state !== 'Halted' && record.power_state !== 'Suspended') {
        await stop(context, state, call);
        return { external, settled: false };
      }
      if (!record.name_label.startsWith(QUARANTINED)) {
        const name = `${QUARANTINED}${record.name_label}`;
        await context.xapi.write('VM.set_name_label', [ref, name], call);
      }
      return { external, settled: true };
    });
  }

  list(_cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
    const { xapi, settings } = this.#context;
    return failing(async () => {
      const ask = () => xapi.read('VM.get_all_records', [], call);
      const objects = await knownObjects(this.#context, 'VM', ask, call);
      const records = objects.map(([, vm]) => vm);
      const guests = records.filter((vm) => !vm.is_a_template && !vm.is_a_snapshot);
      return ownedPage(guests, settings.deployment);
    });
  }

  /** Refuses what another owns before anything is written to it. */
  async #read(
    found: Found<VMRecord>,
    key: ObjectKey,
    desired: ServerDesired | undefined,
    call: DriverCall,
  ): Promise<ServerState> {
    const adoption =
      desired?.adopted === undefined
        ? undefined
        : adoptionOf(found.record, key, this.#context.settings.deployment);
    const state = await readState(this.#context, found, call);
    return adoption === undefined ? state : { ...state, adoption };
  }

  #duplicates(found: Claimants<VMRecord>, call: DriverCall): Promise<readonly DuplicateObject[]> {
    return allEnded(
      found.duplicates.map(async (vm) => ({
        external: asExternalId(vm.uuid),
        used: (await this.#neverRan(vm, call)) ? ('never' as const) : ('maybe' as const),
      })),
    );
  }

  // A VM keeps the moment of its last start after it was halted; before the first one that is the epoch.
  async #neverRan(vm: VMRecord, call: DriverCall): Promise<boolean> {
    if (vm.power_state !== 'Halted' || Object.keys(vm.current_operations).length > 0) return false;
    const { xapi } = this.#context;
    const started = await orGone(() => xapi.read('VM_metrics.get_start_time', [vm.metrics], call));
    return started !== undefined && /^1970-?01-?01T/.test(started);
  }

  async #actual(state: ServerState, { pending }: Plan, call: DriverCall): Promise<ServerActual> {
    const { record, restart, guest } = state;
    const actual: ServerActual = {
      powerState: POWER_STATES[record.power_state],
      restarts: restartsDone(restart, record.domid),
      ramSizeMb: memoryNow(state),
      cpuCount: record.VCPUs_at_startup,
      pendingRestart: pending,
      ...(guest === undefined ? {} : { guest }),
      ...unfilteredOf(state),
    };
    if (isNullRef(record.resident_on)) return actual;
    const { cache, xapi } = this.#context;
    const host =
      cache.get('host', record.resident_on)?.uuid ??
      (await orGone(() => xapi.read('host.get_uuid', [record.resident_on], call)));
    return host === undefined ? actual : { ...actual, host: asExternalId(host) };
  }

  #passFence(found: Found<VMRecord>, call: DriverCall): Promise<void> {
    const { ref, record } = found;
    return passFence(this.#context, { class: 'VM', ref, config: record.other_config }, call);
  }
}

function changesOf(steps: readonly Step[]): readonly Change[] {
  return steps.map(({ field, desired, actual }) => ({ field, desired, actual }));
}

// What is to be adopted is known by its own name before it carries any key.
function named(key: ObjectKey, desired: ServerDesired | undefined): ObjectKey {
  return { ...key, external: key.external ?? desired?.adopted };
}

function unfilteredOf({ nics }: ServerState): Pick<ServerActual, 'sourceUnfiltered'> {
  const reason = nics.flatMap(({ unfiltered }) =>
    unfiltered === undefined ? [] : [unfilteredReason(unfiltered)],
  )[0];
  return reason === undefined ? {} : { sourceUnfiltered: reason };
}

function serverGone(): DriverFailure {
  return new DriverFailure('rejected', 'ServerGone', 'the pool has no VM of this server', {
    remedy: 'Nothing to do: it is looked at again.',
  });
}
