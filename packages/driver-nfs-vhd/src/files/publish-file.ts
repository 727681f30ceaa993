import type { Piece } from '../vhd/new-vhd.js';
import { errnoName } from './errno.js';
import type { FileSystem, OpenFile } from './file-system.js';
import type { Checkpoint } from './guarded.js';

/** All bytes of a file; what lies between the pieces is a hole. */
export interface FileContent {
  readonly pieces: readonly Piece[];
}

/** A whole file to be put under a name that shows either all of it or nothing. */
export interface Publication {
  /** In another folder of the same file system; used by nobody else, ever. */
  readonly temporary: string;
  /** The folder of the final name. */
  readonly folder: string;
  readonly name: string;
  readonly mode: number;
  readonly content: FileContent;
  /**
   * Throws where what the file reads from is about to go. Asked once the temporary file is there to be seen by those who
   * look for readers before they remove something.
   */
  readonly demand?: (() => Promise<void>) | undefined;
}

/**
 * Publishes a file: made under a temporary name, synced, then given its final name by `link`, which on NFS too is the
 * one step that exactly one of several writers does. Two syncs in all. `taken` when the final name exists already,
 * which may be our own earlier success; `overtaken` when another has removed the temporary file. Whatever fails before
 * the link leaves nothing but, at worst, the temporary file; as long as the file has both names, the final one may not
 * be durable.
 */
export async function publishFile(
  files: FileSystem,
  publication: Publication,
  checkpoint: Checkpoint,
): Promise<'published' | 'taken' | 'overtaken'> {
  await makeFile(files, publication, checkpoint);
  return publishName(files, publication);
}

/** The second half of {@link publishFile}: gives a file that is whole and durable its final name. */
export async function publishName(
  files: FileSystem,
  { temporary, folder, name }: Pick<Publication, 'temporary' | 'folder' | 'name'>,
): Promise<'published' | 'taken' | 'overtaken'> {
  let outcome: 'published' | 'taken' = 'published';
  try {
    await files.link(temporary, `${folder}/${name}`);
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return 'overtaken';
    // The temporary name stays: where the link was made all the same, it tells that its name is not durable yet.
    if (errnoName(thrown) !== 'EEXIST') throw thrown;
    outcome = 'taken';
  }
  // Also when taken: the writer before us may have died before its own sync.
  await files.syncFolder(folder);
  await unlinkIfThere(files, temporary);
  return outcome;
}

/** Removes a name; nothing there is success, as is our own earlier removal whose reply was lost. */
export async function unlinkIfThere(files: FileSystem, path: string): Promise<void> {
  try {
    await files.unlink(path);
  } catch (thrown) {
    if (errnoName(thrown) !== 'ENOENT') throw thrown;
  }
}

/** Makes the temporary file of a publication, and its content durable. Whatever fails leaves nothing, or tries to. */
export async function makeFile(
  files: FileSystem,
  publication: Pick<Publication, 'temporary' | 'mode' | 'content' | 'demand'>,
  checkpoint: Checkpoint,
): Promise<void> {
  const file = await files.make(publication.temporary, publication.mode);
  try {
    await writeFile(file, publication.content, checkpoint);
    await publication.demand?.();
  } catch (thrown) {
    await discard(files, publication.temporary);
    throw thrown;
  }
}

/** Writes a file that was just made, syncs it and closes it. Stops between two pieces once the call is aborted. */
export async function writeFile(
  file: OpenFile,
  content: FileContent,
  checkpoint: Checkpoint,
): Promise<void> {
  try {
    for (const piece of content.pieces) {
      checkpoint();
      await file.writeAt(piece.bytes, piece.position);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  checkpoint();
}

async function discard(files: FileSystem, temporary: string): Promise<void> {
  // Best effort: the failure to report is the first one, and a leftover is swept by the next try.
  await files.unlink(temporary).catch(() => undefined);
}
