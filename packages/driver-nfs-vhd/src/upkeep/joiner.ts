import { parseUuid, type ResourceUuid } from '@gdcloud/core';
import { overtaken } from '../disks/disk-failures.js';
import { errnoName } from '../files/errno.js';
import type { FileStatus } from '../files/file-system.js';
import type { Checkpoint } from '../files/guarded.js';
import { namesIfThere } from '../files/names-if-there.js';
import { unlinkIfThere, writeFile } from '../files/publish-file.js';
import { vhdOnFile } from '../files/vhd-on-file.js';
import type { Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { type CopyStep, copySteps, heldBytes, heldSteps } from '../vhd/copy-held.js';
import type { ParentReference } from '../vhd/header.js';
import { type Layer, layerOf } from '../vhd/layer.js';
import { newDifferencingVhd, newDynamicVhd } from '../vhd/new-vhd.js';
import { openVhd, type SparseVhd } from '../vhd/open-vhd.js';
import { BLOCK_BYTES } from '../vhd/sizes.js';
import { VhdError } from '../vhd/vhd-error.js';
import { openVhdForWriting } from '../vhd/vhd-writer.js';
import { Pace } from './pace.js';
import type { Join } from './plan-joins.js';
import { serialNumber } from './subject.js';
import type { UpkeepSettings } from './upkeep-settings.js';

/** Blocks that are copied between two looks at the time. */
const BATCH_BLOCKS = 4;

/** How a step of a join ended. */
export type JoinStep =
  | { readonly kind: 'copying'; readonly doneBytes: number; readonly totalBytes: number }
  /** All is in the new file, durably; {@link Joiner.publish} is next. */
  | { readonly kind: 'copied' }
  /** The files are not what was planned for. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'noRoom'; readonly neededBytes: number; readonly freeBytes: number };

interface UnderWay {
  readonly join: Join;
  readonly temporary: string;
  readonly reader: FileStatus;
  /** Where to go on, by the disk's bytes; absent when all is copied. */
  readonly from: number | undefined;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

interface Sources {
  readonly reader: FileStatus;
  readonly vhds: readonly SparseVhd[];
  readonly layers: readonly Layer[];
  readonly physicalBytes: number;
  close(): Promise<void>;
}

/**
 * Joins files into a new one, step by step. What is under way is in memory and in a file that nobody else writes to: a
 * process that dies leaves it to be swept, and the next one begins anew. Going on with another's file would need every
 * byte of it to be read and compared first, which takes as long as writing it; and a client of NFS that was cut off may
 * still write to it later, which a new file alone is safe from.
 *
 * Two who join the same at once do no harm. Each makes its own file first and reads the chain after that; whoever begins
 * removes the others' files; and publishing is a `rename`, which needs the file that it publishes.
 */
export class Joiner {
  readonly #share: Share;
  readonly #settings: UpkeepSettings;
  #underWay: UnderWay | undefined;

  constructor(share: Share, settings: UpkeepSettings) {
    this.#share = share;
    this.#settings = settings;
  }

  /** What this process is about, if anything. */
  get current(): Join | undefined {
    return this.#underWay?.join;
  }

  /** Where all was copied to; absent while there is more to copy, or nothing was begun. */
  get prepared(): string | undefined {
    return this.#underWay?.from === undefined ? this.#underWay?.temporary : undefined;
  }

  /** Copies some more. Throws what the share throws, and VhdError for files that are no sound VHDs. */
  async copy(join: Join, checkpoint: Checkpoint): Promise<JoinStep> {
    const known = await this.#take(join);
    if (known?.from === undefined && known !== undefined) {
      this.#underWay = known;
      return { kind: 'copied' };
    }
    const temporary = known?.temporary ?? (await this.#make(join, checkpoint));
    try {
      return await this.#copyInto(temporary, join, known, checkpoint);
    } catch (thrown) {
      // Nobody goes on with it. What is left of it all the same is swept.
      await this.#drop(temporary).catch(() => undefined);
      throw thrown;
    }
  }

  async #copyInto(
    temporary: string,
    join: Join,
    known: UnderWay | undefined,
    checkpoint: Checkpoint,
  ): Promise<JoinStep> {
    const sources = await openSources(this.#share, join);
    if (sources === undefined) return this.#drop(temporary);
    try {
      if (known !== undefined && !isSame(known.reader, sources.reader))
        return await this.#drop(temporary);
      const room = known === undefined ? await this.#roomFor(sources) : undefined;
      if (room !== undefined) {
        await this.#drop(temporary);
        return room;
      }
      if (known === undefined) await this.#writeHead(temporary, sources, checkpoint);
      return await this.#copyFrom(join, temporary, sources, known, checkpoint);
    } finally {
      await sources.close();
    }
  }

  /** Puts the new file in the place of the reader's; what the reader's was stays in the trash for those who have it open. */
  async publish(join: Join, checkpoint: Checkpoint): Promise<'joined' | 'changed'> {
    const { files, paths, clock, random } = this.#share;
    const known = await this.#take(join);
    if (known === undefined || known.from !== undefined) return 'changed';
    const path = pathOf(this.#share, join.reader);
    const now = await files.status(path);
    if (now === undefined || !isSame(now, known.reader)) {
      await this.#drop(known.temporary);
      return 'changed';
    }
    checkpoint();
    const trashed = `${paths.trashFolder}/${join.reader}.${serialNumber(clock.now(), random)}`;
    await files.link(path, trashed);
    await files.syncFolder(paths.trashFolder);
    // What it says is of the file that goes.
    await unlinkIfThere(files, `${paths.sumFolder}/${join.reader}`);
    checkpoint();
    try {
      await files.rename(known.temporary, path);
    } catch (thrown) {
      if (errnoName(thrown) === 'ENOENT') throw overtaken(path);
      throw thrown;
    }
    await files.syncFolder(paths.folder);
    await files.syncFolder(paths.temporaryFolder);
    return 'joined';
  }

  // Whoever is given up in the middle must not be followed by another in the same file.
  async #take(join: Join): Promise<UnderWay | undefined> {
    const known = this.#underWay;
    this.#underWay = undefined;
    if (known === undefined || isSameJoin(known.join, join)) return known;
    await this.#drop(known.temporary);
    return undefined;
  }

  async #make(join: Join, checkpoint: Checkpoint): Promise<string> {
    const { files, paths, clock, random } = this.#share;
    await sweepJoins(this.#share, join.reader);
    checkpoint();
    const name = joinFileName(join.reader, serialNumber(clock.now(), random));
    const temporary = `${paths.temporaryFolder}/${name}`;
    await (await files.make(temporary, 0o600)).close();
    return temporary;
  }

  async #drop(temporary: string): Promise<{ readonly kind: 'changed' }> {
    await unlinkIfThere(this.#share.files, temporary);
    return { kind: 'changed' };
  }

  async #roomFor({ physicalBytes }: Sources): Promise<JoinStep | undefined> {
    const { files, paths } = this.#share;
    const { freeBytes } = await files.space(paths.folder);
    return freeBytes < physicalBytes
      ? { kind: 'noRoom', neededBytes: physicalBytes, freeBytes }
      : undefined;
  }

  async #writeHead(temporary: string, { vhds }: Sources, checkpoint: Checkpoint): Promise<void> {
    const [reader] = vhds;
    if (reader === undefined) return;
    const description = {
      uuid: reader.footer.uuid,
      virtualBytes: reader.virtualBytes,
      visibility: reader.footer.visibility,
      createdMs: reader.footer.createdMs,
      roomBytes: Math.max(reader.virtualBytes, reader.header.tableEntries * BLOCK_BYTES),
    };
    const parent = vhds.at(-1)?.header.parent;
    const content =
      parent === undefined ? newDynamicVhd(description) : newDifferencingVhd(description, parent);
    const file = await this.#share.files.openForWriting(temporary);
    await writeFile(file, content, checkpoint);
  }

  async #copyFrom(
    join: Join,
    temporary: string,
    { layers, reader }: Sources,
    known: UnderWay | undefined,
    checkpoint: Checkpoint,
  ): Promise<JoinStep> {
    const { files, clock } = this.#share;
    const { stepBytes, stepMs, bytesPerSecond } = this.#settings;
    const file = await files.openForWriting(temporary);
    try {
      const writer = await openVhdForWriting(await vhdOnFile(file));
      const steps = heldSteps(layers, known?.from);
      const totalBytes = known?.totalBytes ?? heldBytes(layers);
      const pace = new Pace(clock, bytesPerSecond);
      let doneBytes = known?.doneBytes ?? 0;
      let from: number | undefined = known?.from ?? 0;
      let inStep = 0;
      while (from !== undefined && inStep < stepBytes && pace.elapsedMs < stepMs) {
        checkpoint();
        const batch = nextOf(steps, BATCH_BLOCKS);
        from = batch.length < BATCH_BLOCKS ? undefined : batch.at(-1)?.end;
        await copySteps(batch, layers, writer, {
          told: (bytes) => {
            inStep += bytes;
          },
        });
        await pace.wait(inStep, checkpoint);
      }
      await writer.flush();
      doneBytes += inStep;
      this.#underWay = { join, temporary, reader, from, doneBytes, totalBytes };
      return from === undefined ? { kind: 'copied' } : { kind: 'copying', doneBytes, totalBytes };
    } finally {
      await file.close();
    }
  }
}

function joinFileName(reader: ResourceUuid, serial: string): string {
  return `${reader}.join.${serial}`;
}

/** Under whose name a file is to be published, by the name that it has while it is joined; absent for every other. */
export function readerOfJoinFile(name: string): ResourceUuid | undefined {
  const [uuid = '', what, serial = '', ...more] = name.split('.');
  if (what !== 'join' || more.length > 0 || !/^[0-9a-f]{20}$/.test(serial)) return undefined;
  return parseUuid(uuid);
}

/** Removes what others have half joined under a disk's name: a paused one then finds nothing to publish. */
export async function sweepJoins(
  { files, paths }: Pick<Share, 'files' | 'paths'>,
  reader: ResourceUuid,
): Promise<void> {
  for (const name of await namesIfThere(files, paths.temporaryFolder)) {
    if (readerOfJoinFile(name) === reader)
      await unlinkIfThere(files, `${paths.temporaryFolder}/${name}`);
  }
}

function nextOf(steps: Iterator<CopyStep>, count: number): readonly CopyStep[] {
  const batch: CopyStep[] = [];
  while (batch.length < count) {
    const next = steps.next();
    if (next.done === true) break;
    batch.push(next.value);
  }
  return batch;
}

/** Opens the reader and its nodes; absent where they are not, or not any more, the chain that was planned for. */
async function openSources(share: Share, join: Join): Promise<Sources | undefined> {
  const { files } = share;
  const closes: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closes) await one();
  };
  const vhds: SparseVhd[] = [];
  const statuses: FileStatus[] = [];
  let wanted: ParentReference | undefined;
  try {
    for (const uuid of [join.reader, ...join.nodes]) {
      const file = await files.open(pathOf(share, uuid));
      closes.push(() => file.close());
      const status = await file.status();
      const vhd = await openVhd(await vhdOnFile(file));
      if (!isJoinable(vhd, uuid) || (vhds.length > 0 && !isMeant(vhd, uuid, wanted))) {
        await close();
        return undefined;
      }
      wanted = vhd.header.parent;
      vhds.push(vhd);
      statuses.push(status);
    }
  } catch (thrown) {
    await close();
    if (errnoName(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  const [reader] = statuses;
  if (reader === undefined) return undefined;
  const physicalBytes = statuses.reduce((sum, status) => sum + status.physicalBytes, 0);
  return { reader, vhds, layers: vhds.map(layerOf), physicalBytes, close };
}

function isMeant(
  { footer }: SparseVhd,
  uuid: ResourceUuid,
  wanted: ParentReference | undefined,
): boolean {
  return wanted?.uuid === footer.uuid && wanted.fileName === diskFileName(uuid);
}

function isJoinable(
  vhd: Awaited<ReturnType<typeof openVhd>>,
  uuid: ResourceUuid,
): vhd is SparseVhd {
  if (vhd.kind === 'fixed') return false;
  if (vhd.header.blockBytes !== BLOCK_BYTES) return false;
  // A size by geometry would not be the new file's, and a parent without a uuid is no VHD.
  if (vhd.virtualBytes !== vhd.footer.virtualBytes) return false;
  if (vhd.lastFooter === 'killed') throw new VhdError('InUse', `a server writes to ${uuid}`);
  return vhd.footer.type === 'dynamic' || vhd.header.parent?.fileName !== '';
}

function pathOf({ paths }: Share, uuid: ResourceUuid): string {
  return `${paths.folder}/${diskFileName(uuid)}`;
}

function isSame(one: FileStatus, other: FileStatus): boolean {
  return (
    one.identity === other.identity &&
    one.sizeBytes === other.sizeBytes &&
    one.modifiedMs === other.modifiedMs
  );
}

/** Whether two joins are of the same files. */
export function isSameJoin(one: Join, other: Join): boolean {
  return one.reader === other.reader && one.nodes.join() === other.nodes.join();
}
