import {
  type Accepted,
  asExternalId,
  asUuid,
  type Change,
  type DiskActual,
  type DiskDesired,
  type Driver,
  type DriverCall,
  DriverFailure,
  type DriverTraits,
  type Foreseen,
  type ObjectKey,
  type Observation,
  type OwnedPage,
} from '@gdcloud/core';
import { failing } from '../../client/driver-failure.js';
import type { VDIRecord } from '../../datamodel/records.generated.js';
import { allEnded } from '../all-ended.js';
import type { DriverContext } from '../context.js';
import { observing } from '../observing.js';
import { orGone } from '../ours.js';
import { findRepositories, findRepository, knownRepositories } from './repository.js';
import type { Scans } from './scans.js';

interface Disk {
  readonly ref: string;
  readonly record: VDIRecord;
}

/** Our names are uuids of version 7; the pool's own tools name disks by chance, with version 4. */
const OURS = /^.{14}7/;

/**
 * Disks as the pool knows them: a scan of the repository introduces the files that the storage driver has made, under
 * their own names. Files are never made, changed or removed here.
 *
 * The external id of a disk is the pool's reference to it. Its name is the file's, and one that has moved to another
 * share has the same; a reference is given once, so nobody who saw the disk on the share it has left can mean this one.
 */
export class DisksDriver implements Driver<DiskDesired, DiskActual> {
  readonly name = 'xenserver.disks';
  /** Of its own: a repository that is unplugged says nothing about the pool. */
  readonly backend: string;
  readonly traits: DriverTraits = { identity: 'chosen', fencing: 'none', dataBearing: true };
  readonly #context: DriverContext;
  readonly #scans: Scans;

  constructor(context: DriverContext, scans: Scans) {
    this.#context = context;
    this.backend = `${context.settings.backend} storage`;
    this.#scans = scans;
  }

  observe(
    key: ObjectKey,
    desired: DiskDesired | undefined,
    call: DriverCall,
  ): Promise<Observation<DiskActual>> {
    return observing(async () => {
      const disk =
        (await this.#find(key, call)) ??
        (desired === undefined ? await this.#findLate(key, call) : undefined);
      if (disk === undefined) return { presence: 'absent' };
      const sizeBytes = disk.record.virtual_size;
      const fits = desired === undefined || desired.sizeBytes === sizeBytes;
      return {
        presence: 'present',
        external: asExternalId(disk.ref),
        actual: { sizeBytes },
        changes: fits
          ? []
          : [{ field: 'sizeBytes', desired: desired.sizeBytes, actual: sizeBytes }],
      };
    });
  }

  create(key: ObjectKey, { share }: DiskDesired, call: DriverCall): Promise<Accepted> {
    return failing(async () => {
      await this.#scanShare(share, call);
      const disk = await this.#find(key, call);
      if (disk !== undefined) return { external: asExternalId(disk.ref), settled: true };
      throw new DriverFailure(
        'rejected',
        'DiskFileMissing',
        `the share has no file of disk ${key.uuid}`,
        {
          remedy:
            'Check that the storage driver and the repository of the pool use the same share.',
        },
      );
    });
  }

  /** The size is the file's; a scan makes the pool see it. */
  update(
    _key: ObjectKey,
    { share }: DiskDesired,
    _change: Change,
    call: DriverCall,
  ): Promise<Accepted> {
    return failing(async () => {
      await this.#scanShare(share, call);
      return { settled: true };
    });
  }

  /** Called after the storage driver removed the file: the scan drops the row, unless a VM still names it. */
  delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    return failing(async () => {
      const { external } = key;
      const seen = await (external === undefined
        ? this.#find(key, call)
        : orGone(() => this.#read(external, call)));
      if (seen === undefined) return { settled: true };
      await this.#scans.scan(seen.record.SR, call.signal);
      // By its reference: under its name another share may show one by now.
      const left = await orGone(() => this.#read(seen.ref, call));
      if (left !== undefined) {
        await orGone(() => this.#context.xapi.write('VDI.forget', [left.ref], call));
      }
      return { settled: true };
    });
  }

  async foresee({ sizeBytes }: DiskDesired): Promise<Foreseen<DiskActual>> {
    return { changes: [], actual: { sizeBytes } };
  }

  list(_cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
    const { xapi } = this.#context;
    return failing(async () => {
      const repositories = await findRepositories(this.#context, call);
      const records = await allEnded(
        repositories.map((repository) =>
          xapi.read('VDI.get_all_records_where', [`field "SR" = "${repository}"`], call),
        ),
      );
      const ours = records
        .flatMap(Object.entries<VDIRecord>)
        .filter(([, disk]) => disk.managed && !disk.is_a_snapshot && OURS.test(disk.uuid));
      return {
        objects: ours.map(([ref, { uuid }]) => ({
          external: asExternalId(ref),
          uuid: asUuid(uuid),
          epoch: 1,
        })),
      };
    });
  }

  async #find({ uuid }: ObjectKey, call: DriverCall): Promise<Disk | undefined> {
    return orGone(async () =>
      this.#read(await this.#context.xapi.read('VDI.get_by_uuid', [uuid], call), call),
    );
  }

  /**
   * What is on its way out, and of which nobody has a record: a scan that runs may have seen its file before that went, and
   * introduces it at its end.
   */
  async #findLate(key: ObjectKey, call: DriverCall): Promise<Disk | undefined> {
    if (key.external !== undefined) return undefined;
    const repositories = await knownRepositories(this.#context, call);
    const records = await allEnded(
      repositories.map((ref) => this.#context.xapi.read('SR.get_record', [ref], call)),
    );
    const looking = repositories.filter((_, index) =>
      Object.values(records[index]?.current_operations ?? {}).includes('scan'),
    );
    // The next begins when that has ended.
    await allEnded(looking.map((repository) => this.#scans.scan(repository, call.signal)));
    // Also where none runs any more: it may have ended since the look before.
    return this.#find(key, call);
  }

  /** Files that are only the base of clones have a row too, which no VM may use. */
  async #read(ref: string, call: DriverCall): Promise<Disk | undefined> {
    const record = await this.#context.xapi.read('VDI.get_record', [ref], call);
    return record.managed ? { ref, record } : undefined;
  }

  async #scanShare(share: string | undefined, call: DriverCall): Promise<void> {
    await this.#scans.scan(await findRepository(this.#context, call, share), call.signal);
  }
}
