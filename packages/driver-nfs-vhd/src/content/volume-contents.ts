import {
  type Accepted,
  type DriverCall,
  DriverFailure,
  type ResourceUuid,
  type VolumeContent,
  type VolumeDesired,
} from '@gdcloud/core';
import { diskExternalId, leftoversOf } from '../disks/observe-disk.js';
import { fileFailure } from '../files/file-failure.js';
import type { Checkpoint } from '../files/guarded.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { vhdOnFile } from '../files/vhd-on-file.js';
import { draftName, isDraft } from '../import/content-names.js';
import { hex, type StoredContent, storedContent } from '../import/content-store.js';
import { hashOf, paced } from '../import/import-content.js';
import { openContent } from '../import/open-content.js';
import { PartsFile } from '../import/parts-file.js';
import { checksumMismatch } from '../import/remote-failures.js';
import type { JobTurn, LongJobs } from '../jobs/long-jobs.js';
import type { VolumeState } from '../share/records/read-records.js';
import { demandShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { decideStep, type StepPlan } from '../steps/decide-step.js';
import { volumeInUse } from '../steps/step-failures.js';
import type { DiskSource } from '../vhd/disk-source.js';
import { checkedVirtualBytes } from '../vhd/sizes.js';
import { writeVhd } from '../vhd/write-vhd.js';
import { removeTaken } from './taken-content.js';

/** Of the volume's own files. */
const MODE = 0o600;
const MOST_REASON = 300;

/** What was made of content, or why nothing was. */
type Outcome =
  | { readonly kind: 'made'; readonly draft: string }
  | { readonly kind: 'refused'; readonly why: string };

interface Made {
  readonly upload: string;
  readonly virtualBytes: number;
  readonly outcome: Outcome;
}

/**
 * Gives volumes what was brought for them: it is compared with its checksum, read as the disk that it holds and written as
 * a file of its own, for a turn in each call; and then a decision like any other puts that in the place of the volume's.
 * Content that can't be is decided on too: the volume stays as it is, and says why.
 */
export class VolumeContents {
  readonly #share: Share;
  readonly #jobs: LongJobs;
  readonly #made = new Map<ResourceUuid, Made>();

  constructor(share: Share, jobs: LongJobs) {
    this.#share = share;
    this.#jobs = jobs;
  }

  /** Takes the next step. `state`: the volume's, with nothing left to do of it. */
  async step(
    volume: ResourceUuid,
    state: VolumeState,
    { content, sizeBytes }: VolumeDesired,
    { fence, signal }: DriverCall,
    checkpoint: Checkpoint,
  ): Promise<Accepted> {
    const { record } = state;
    const done = { external: diskExternalId(volume), settled: true };
    if (content === undefined || content.count <= (record?.contents?.count ?? 0)) return done;
    if (record?.use !== 'free')
      throw volumeInUse(`${this.#share.paths.folder}/${diskFileName(volume)}`);
    const virtualBytes = checkedVirtualBytes(sizeBytes);
    const progress = await this.#jobs.advance(volume, signal, async (turn) => {
      const outcome = await this.#make(volume, content, virtualBytes, turn);
      this.#made.set(volume, { upload: content.upload, virtualBytes, outcome });
    });
    if (progress !== undefined) return { ...done, settled: false, progress };
    // Out of memory first: whatever happens now, it is made anew.
    const made = this.#made.get(volume);
    this.#made.delete(volume);
    const fits = made?.upload === content.upload && made.virtualBytes === virtualBytes;
    if (made === undefined || !fits) {
      if (made?.outcome.kind === 'made') await unlinkIfThere(this.#share.files, made.outcome.draft);
      const again = { percent: 0, message: 'it begins anew', afterMs: 0 };
      return { ...done, settled: false, progress: again };
    }
    const { outcome } = made;
    try {
      const plan = planOf(outcome, content, record.restores);
      await decideStep(this.#share, volume, state, plan, fence, checkpoint);
      await removeTaken(this.#share, { ...record, contents: plan.contents });
    } finally {
      // One that was decided on has other names by now.
      if (outcome.kind === 'made') await unlinkIfThere(this.#share.files, outcome.draft);
    }
    await demandShare(this.#share, 'recorded');
    return done;
  }

  async #make(
    volume: ResourceUuid,
    { upload }: VolumeContent,
    virtualBytes: number,
    turn: JobTurn,
  ): Promise<Outcome> {
    const { folder } = this.#share.paths;
    try {
      const stored = await storedContent(this.#share, volume);
      if (stored?.record.id !== upload || stored.receivedBytes !== stored.record.totalBytes)
        return refusal('ContentMissing', 'it is not there any more: other content was begun');
      return await this.#write(volume, stored, virtualBytes, turn);
    } catch (thrown) {
      const failure = fileFailure(thrown, 'change', folder);
      if (failure.outcome !== 'invalid') throw failure;
      return refusal(failure.code, failure.message);
    }
  }

  async #write(
    volume: ResourceUuid,
    stored: StoredContent,
    virtualBytes: number,
    turn: JobTurn,
  ): Promise<Outcome> {
    const { files, paths, clock } = this.#share;
    const content = new PartsFile(files, stored);
    const { id, sha256, format = 'raw' } = stored.record;
    const draft = `${paths.temporaryFolder}/${draftName(volume, id, hex(this.#share, 16))}`;
    try {
      if (sha256 !== undefined) {
        const found = await hashOf(content, turn);
        if (found !== sha256) throw checksumMismatch(sha256, found);
      }
      const disk = await openContent(content, format);
      demandFits(disk, virtualBytes);
      await this.#removeDrafts(volume, id);
      const file = await files.make(draft, MODE);
      try {
        await writeVhd(
          paced(disk, turn),
          await vhdOnFile(file),
          { uuid: volume, virtualBytes, createdMs: clock.now(), visibility: 'visible' },
          {
            signal: turn.signal,
            durability: 'unsynced',
            onProgress: ({ doneBytes, totalBytes }) =>
              turn.tell(
                80 + Math.floor((doneBytes / totalBytes) * 19),
                'what was brought is written',
              ),
          },
        );
        await file.sync();
      } finally {
        await file.close();
      }
      return { kind: 'made', draft };
    } catch (thrown) {
      // Best effort: the next try removes it too.
      await unlinkIfThere(files, draft).catch(() => undefined);
      throw thrown;
    } finally {
      await content.close();
    }
  }

  // Those of processes that died: of this content alone, for other content may have been begun.
  async #removeDrafts(volume: ResourceUuid, id: string): Promise<void> {
    const { files, paths } = this.#share;
    for (const name of await leftoversOf(this.#share, volume, 'image')) {
      if (name.startsWith(draftName(volume, id, '')) && isDraft(name))
        await unlinkIfThere(files, `${paths.temporaryFolder}/${name}`);
    }
  }
}

function planOf(outcome: Outcome, { count, upload }: VolumeContent, restores: number): StepPlan {
  const its = { use: 'free', restores } as const;
  return outcome.kind === 'made'
    ? {
        ...its,
        step: { kind: 'replace', why: 'upload' },
        contents: { count, upload },
        child: { prepared: outcome.draft },
      }
    : { ...its, step: { kind: 'use' }, contents: { count, upload, refused: outcome.why } };
}

function refusal(code: string, message: string): Outcome {
  return { kind: 'refused', why: `${code}: ${message}`.slice(0, MOST_REASON) };
}

function demandFits(disk: DiskSource, virtualBytes: number): void {
  if (disk.virtualBytes <= virtualBytes) return;
  const message = `the disk has ${disk.virtualBytes} bytes, and the volume ${virtualBytes}`;
  throw new DriverFailure('invalid', 'ContentTooLarge', message, {
    remedy: 'Resize the volume, and bring it again.',
  });
}
