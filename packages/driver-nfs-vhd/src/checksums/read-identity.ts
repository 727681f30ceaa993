import type { ParentReference } from '../vhd/header.js';
import { describeVhd } from '../vhd/open-vhd.js';
import { readVhdHead } from '../vhd/read-head.js';
import type { Readable } from '../vhd/reader.js';
import { VhdError } from '../vhd/vhd-error.js';

/** Who a disk is, and whom it reads from. */
export interface DiskIdentity {
  readonly uuid: string;
  readonly visibility: 'visible' | 'hidden';
  readonly parent: ParentReference | undefined;
}

/** Reads who a disk is: one small read where its first bytes are sound. Throws VhdError for what is no VHD. */
export async function readIdentity(file: Readable): Promise<DiskIdentity> {
  try {
    const { footer, header } = await readVhdHead(file);
    return { uuid: footer.uuid, visibility: footer.visibility, parent: header.parent };
  } catch (thrown) {
    if (!(thrown instanceof VhdError)) throw thrown;
  }
  // Fixed disks, and those whose first footer is damaged, tell it at their end.
  const { footer, parent } = await describeVhd(file);
  return { uuid: footer.uuid, visibility: footer.visibility, parent };
}
