import {
  type Accepted,
  asExternalId,
  type Change,
  type Driver,
  type DriverCall,
  DriverFailure,
  type DriverTraits,
  type Foreseen,
  type ObjectKey,
  type Observation,
  type OwnedPage,
  parseUuid,
  type ShareActual,
  type ShareDesired,
} from '@gdcloud/core';
import { failing, toDriverFailure } from '../../client/driver-failure.js';
import { isXapiError } from '../../client/xapi-error.js';
import type { HostRecord, PBDRecord, SRRecord } from '../../datamodel/records.generated.js';
import type { RepositorySettings } from '../../options.js';
import type { DriverContext } from '../context.js';
import { observing } from '../observing.js';
import { together } from '../together.js';
import { findRepository, repositoryOf } from './repository.js';

/** What keeps SM from joining and moving the files of a repository by itself: they are the storage driver's. */
const SWITCHES: Readonly<Record<string, string>> = {
  gc: 'false',
  coalesce: 'false',
  'leaf-coalesce': 'false',
};

interface Repository {
  readonly ref: string;
  readonly record: SRRecord;
}

type Action =
  | { readonly kind: 'switchOff'; readonly name: string }
  | { readonly kind: 'connect'; readonly host: string; readonly config: PBDRecord['device_config'] }
  | { readonly kind: 'plug'; readonly pbd: string };

interface Step extends Change {
  readonly action: Action;
}

/**
 * The share as the pool's hosts see it: a repository that each host is connected to, also those that join later. Where
 * the driver is told where the share is, it introduces the repository; nothing of what is in it is ever touched here.
 * The pool's default repository may be anybody's: one that is not named to the driver is only looked at.
 */
export class SharesDriver implements Driver<ShareDesired, ShareActual> {
  readonly name = 'xenserver.shares';
  /** Of its own: a share that is away says nothing about the pool. */
  readonly backend: string;
  readonly traits: DriverTraits = { identity: 'chosen', fencing: 'none', dataBearing: false };
  readonly #context: DriverContext;

  constructor(context: DriverContext) {
    this.#context = context;
    this.backend = `${context.settings.backend} share`;
  }

  observe(
    key: ObjectKey,
    desired: ShareDesired | undefined,
    call: DriverCall,
  ): Promise<Observation<ShareActual>> {
    return observing(async () => {
      const settings = repositoryOf(this.#context, desired?.share);
      if (!isNamed(settings)) return this.#advice(key, settings, call);
      const repository = await this.#find(settings, call);
      if (repository === undefined) return { presence: 'absent' };
      const { steps, plugged } = await this.#plan(repository, settings, call);
      return {
        presence: 'present',
        external: asExternalId(repository.record.uuid),
        actual: { hosts: plugged },
        changes:
          desired === undefined
            ? []
            : steps.map(({ field, desired: wanted, actual }) => ({
                field,
                desired: wanted,
                actual,
              })),
      };
    });
  }

  create(key: ObjectKey, { share }: ShareDesired, call: DriverCall): Promise<Accepted> {
    const { xapi } = this.#context;
    return failing(async () => {
      const settings = repositoryOf(this.#context, share);
      if (!isNamed(settings)) throw notOurs();
      const { storageRepository: wanted = '' } = settings;
      const named = parseUuid(wanted) !== undefined;
      const uuid = named ? wanted : key.uuid;
      // Under a name of the operator's, the files lie in a folder of that name; under ours, in the share itself.
      const layout = named ? {} : { nosubdir: 'true' };
      const label = named ? 'gdcloud' : wanted;
      try {
        await xapi.write(
          'SR.introduce',
          [uuid, label, 'Disks of gdcloud', 'nfs', 'user', true, layout],
          call,
        );
      } catch (error) {
        if (!isXapiError(error, 'SR_UUID_EXISTS')) throw error;
      }
      return { external: asExternalId(uuid), settled: true };
    });
  }

  update(
    _key: ObjectKey,
    { share }: ShareDesired,
    change: Change,
    call: DriverCall,
  ): Promise<Accepted> {
    return failing(async () => {
      const settings = repositoryOf(this.#context, share);
      if (!isNamed(settings)) throw notOurs();
      const repository = await this.#find(settings, call);
      if (repository === undefined) throw shareGone();
      const { steps } = await this.#plan(repository, settings, call);
      const step = steps.find(({ field }) => field === change.field);
      if (step !== undefined) await this.#apply(repository, step.action, call);
      return { external: asExternalId(repository.record.uuid), settled: true };
    });
  }

  /** The repository stays: what is in it belongs to others. */
  delete(): Promise<Accepted> {
    return Promise.resolve({ settled: true });
  }

  foresee(): Promise<Foreseen<ShareActual>> {
    return Promise.resolve({ changes: [], actual: { hosts: 0 } });
  }

  /** A repository is never left over: it holds data of users. */
  list(): Promise<OwnedPage> {
    return Promise.resolve({ objects: [] });
  }

  /** What threatens the disks in a repository that others keep. */
  async #advice(
    key: ObjectKey,
    settings: RepositorySettings,
    call: DriverCall,
  ): Promise<Observation<ShareActual>> {
    try {
      const ref = await findRepository(this.#context, call, settings.of);
      const record = await this.#context.xapi.read('SR.get_record', [ref], call);
      const { steps, plugged } = await this.#plan({ ref, record }, settings, call);
      const advice = adviceFor(record, steps);
      const external = asExternalId(record.uuid);
      const actual = { hosts: plugged, ...(advice === undefined ? {} : { advice }) };
      return { presence: 'present', external, actual, changes: [] };
    } catch (error) {
      const failure = toDriverFailure(error);
      if (failure.code !== 'RepositoryUnknown') throw error;
      const actual = { hosts: 0, advice: `${failure.message}. ${failure.remedy}` };
      return { presence: 'present', external: asExternalId(key.uuid), actual, changes: [] };
    }
  }

  async #find(settings: RepositorySettings, call: DriverCall): Promise<Repository | undefined> {
    const { xapi } = this.#context;
    try {
      const ref = await findRepository(this.#context, call, settings.of);
      return { ref, record: await xapi.read('SR.get_record', [ref], call) };
    } catch (error) {
      const unknown = toDriverFailure(error).code === 'RepositoryUnknown';
      if (unknown && settings.share !== undefined) return undefined;
      throw error;
    }
  }

  async #plan(
    { ref, record }: Repository,
    settings: RepositorySettings,
    call: DriverCall,
  ): Promise<{ readonly steps: readonly Step[]; readonly plugged: number }> {
    const { xapi } = this.#context;
    const [hosts, metrics, all] = await together([
      xapi.read('host.get_all_records', [], call),
      xapi.read('host_metrics.get_all_records', [], call),
      xapi.read('PBD.get_all_records', [], call),
    ]);
    const pbds = Object.entries(all).filter(([, pbd]) => pbd.SR === ref);
    const config = deviceConfig(
      settings,
      pbds.map(([, pbd]) => pbd),
    );
    const steps: Step[] = planSwitches(record);
    for (const [host, { uuid, metrics: its }] of byUuid(hosts)) {
      const field = `hosts.${uuid}`;
      const known = pbds.find(([, pbd]) => pbd.host === host);
      if (known === undefined) {
        if (config !== undefined)
          steps.push({
            field,
            desired: 'plugged',
            actual: 'missing',
            action: { kind: 'connect', host, config },
          });
        // A host that does not answer plugs nothing, and need not.
      } else if (!known[1].currently_attached && metrics[its]?.live === true) {
        const action: Action = { kind: 'plug', pbd: known[0] };
        steps.push({ field, desired: 'plugged', actual: 'unplugged', action });
      }
    }
    return { steps, plugged: pbds.filter(([, pbd]) => pbd.currently_attached).length };
  }

  async #apply({ ref, record }: Repository, action: Action, call: DriverCall): Promise<void> {
    const { xapi } = this.#context;
    switch (action.kind) {
      case 'switchOff':
        if (record.other_config[action.name] !== undefined)
          await xapi.write('SR.remove_from_other_config', [ref, action.name], call);
        await xapi.write('SR.add_to_other_config', [ref, action.name, 'false'], call);
        return;
      case 'connect':
        await xapi.write(
          'PBD.create',
          [{ host: action.host, SR: ref, device_config: action.config, other_config: {} }],
          call,
        );
        return;
      case 'plug':
        await xapi.write('PBD.plug', [action.pbd], call);
    }
  }
}

function isNamed({ storageRepository }: RepositorySettings): boolean {
  return storageRepository !== undefined;
}

// As the driver is told, else as the other hosts are connected.
function deviceConfig(
  { share }: RepositorySettings,
  pbds: readonly PBDRecord[],
): PBDRecord['device_config'] | undefined {
  return share === undefined
    ? pbds[0]?.device_config
    : { server: share.server, serverpath: share.path };
}

// A scan starts SM's own clearing up: what keeps it off comes before anything is plugged.
function planSwitches({ other_config: config }: SRRecord): Step[] {
  return Object.entries(SWITCHES).flatMap(([name, wanted]) => {
    const actual = config[name] ?? null;
    const action: Action = { kind: 'switchOff', name };
    return actual === wanted
      ? []
      : [{ field: `switches.${name}`, desired: wanted, actual, action }];
  });
}

// Repositories of other kinds are not the storage driver's files.
function adviceFor({ uuid, type }: SRRecord, steps: readonly Step[]): string | undefined {
  const names = steps.flatMap(({ action }) => (action.kind === 'switchOff' ? [action.name] : []));
  if (names.length === 0 || type !== 'nfs') return undefined;
  const settings = names.map((name) => `other-config:${name}=false`).join(' ');
  return `SM may remove or merge the bases of disks in this repository. Set, on the pool: xe sr-param-set uuid=${uuid} ${settings}`;
}

function notOurs(): DriverFailure {
  return new DriverFailure('invalid', 'RepositoryNotOurs', 'the repository is its operator’s', {
    remedy: 'Name it in the option `storageRepository` of the XenServer driver to have it kept.',
  });
}

function byUuid(hosts: Readonly<Record<string, HostRecord>>): readonly [string, HostRecord][] {
  return Object.entries(hosts).sort(([, left], [, right]) => (left.uuid < right.uuid ? -1 : 1));
}

function shareGone(): DriverFailure {
  return new DriverFailure('rejected', 'ShareGone', 'the pool has no repository of the share', {
    remedy: 'Nothing to do: it is looked at again.',
  });
}
