import { type Accepted, asUuid, type DriverCall, type ResourceUuid } from '@gdcloud/core';
import { diskExternalId } from '../disks/observe-disk.js';
import type { Checkpoint } from '../files/guarded.js';
import { unlinkIfThere } from '../files/publish-file.js';
import type { VolumeState } from '../share/records/read-records.js';
import type { Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { decideStep } from '../steps/decide-step.js';
import { volumeInUse } from '../steps/step-failures.js';
import { DiskForest } from './disk-forest.js';
import { forgetWish, mayBeJoined } from './join-wishes.js';
import { Joiner } from './joiner.js';
import { type Join, volumeJoin } from './plan-joins.js';
import { scanShare } from './scan-share.js';
import type { UpkeepSettings } from './upkeep-settings.js';

interface UnderWay {
  readonly joiner: Joiner;
  readonly join: Join;
  /** Of the volume: whoever lets a server have it makes another of it. */
  readonly generation: number;
}

/**
 * Joins volumes with what they alone read from and nobody wants any more: a slice of the copy in each call, and then a
 * decision like any other that gives the volume another file. What was copied counts only as long as no other decision was
 * made meanwhile, so nobody can have written to the volume.
 */
export class VolumeJoins {
  readonly #share: Share;
  readonly #settings: UpkeepSettings;
  readonly #underWay = new Map<ResourceUuid, UnderWay>();

  constructor(share: Share, settings: UpkeepSettings) {
    this.#share = share;
    this.#settings = settings;
  }

  /** Takes the next step. `state`: the volume's, with nothing left to do of it. */
  async step(
    volume: ResourceUuid,
    state: VolumeState,
    { fence }: DriverCall,
    checkpoint: Checkpoint,
  ): Promise<Accepted> {
    const { record } = state;
    const done = { external: diskExternalId(volume), settled: true };
    if (record?.use !== 'free') throw volumeInUse(pathOf(this.#share, volume));
    const work = this.#take(volume, state) ?? (await this.#begin(volume, state, checkpoint));
    if (work === undefined) return done;
    const copied = await work.joiner.copy(work.join, checkpoint);
    if (copied.kind === 'copying') {
      this.#underWay.set(volume, work);
      const percent = Math.floor((copied.doneBytes / Math.max(1, copied.totalBytes)) * 100);
      const message = `it is joined with ${work.join.nodes.length} removed snapshots`;
      return { ...done, settled: false, progress: { percent, message, afterMs: 0 } };
    }
    const prepared = copied.kind === 'copied' ? work.joiner.prepared : undefined;
    if (prepared !== undefined) {
      const step = { kind: 'replace', why: 'join' } as const;
      const plan = { step, use: 'free', restores: record.restores, child: { prepared } } as const;
      await decideStep(this.#share, volume, state, plan, fence, checkpoint);
      await unlinkIfThere(this.#share.files, prepared);
    }
    // Where it can't be, for want of room say, upkeep says so again when it looks again.
    await forgetWish(this.#share, volume);
    return done;
  }

  // Out of memory first: a call that is given up must not be followed by another in the same file.
  #take(volume: ResourceUuid, { generation }: VolumeState): UnderWay | undefined {
    const work = this.#underWay.get(volume);
    this.#underWay.delete(volume);
    return work?.generation === generation ? work : undefined;
  }

  async #begin(
    volume: ResourceUuid,
    { generation }: VolumeState,
    checkpoint: Checkpoint,
  ): Promise<UnderWay | undefined> {
    if (!(await mayBeJoined(this.#share, volume))) return undefined;
    const scan = await scanShare(this.#share, checkpoint);
    const forest = new DiskForest(scan, new Map([[volume, 'closed']]));
    const join = volumeJoin(forest, asUuid(volume));
    if (join !== undefined) {
      return { join, generation, joiner: new Joiner(this.#share, this.#settings) };
    }
    await forgetWish(this.#share, volume);
    return undefined;
  }
}

function pathOf({ paths }: Share, volume: ResourceUuid): string {
  return `${paths.folder}/${diskFileName(volume)}`;
}
