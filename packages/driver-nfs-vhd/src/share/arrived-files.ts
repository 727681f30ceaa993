import type { ResourceUuid } from '@gdcloud/core';
import { namesIfThere } from '../files/names-if-there.js';
import type { Share } from './share.js';
import { parseArrivedName } from './share-paths.js';

/** A volume that has come from another share, by a move of its. */
export interface ArrivedFile {
  readonly path: string;
  readonly move: number;
}

/** What of a volume has come to the share and has no volume's name, or still the other one besides; in no order. */
export async function arrivedFilesOf(
  { files, paths }: Share,
  uuid: ResourceUuid,
): Promise<readonly ArrivedFile[]> {
  const names = await namesIfThere(files, paths.arrivedFolder);
  return names.flatMap((name) => {
    const parsed = parseArrivedName(name);
    return parsed?.volume === uuid
      ? [{ path: `${paths.arrivedFolder}/${name}`, move: parsed.move }]
      : [];
  });
}
