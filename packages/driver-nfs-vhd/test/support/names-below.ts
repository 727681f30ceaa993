import type { MemoryDisk } from '@gdcloud/core/testing';

const OWN: readonly string[] = ['/srv/.share.gdcloud-share', '/srv/share/.gdcloud/share'];

/** All files of a disk, in order, but for the marks by which we know a share. */
export function namesBelow(disk: MemoryDisk, folder = ''): readonly string[] {
  return disk
    .names(folder === '' ? '/' : folder)
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      return disk.status(path)?.kind === 'folder' ? namesBelow(disk, path) : [path];
    })
    .filter((path) => !OWN.includes(path))
    .toSorted();
}

/** As {@link namesBelow}, without checksums: upkeep makes them too, and removes half-written ones. */
export function namesBesideSums(disk: MemoryDisk): readonly string[] {
  return namesBelow(disk).filter((path) => !/\/sum[./]/.test(path));
}
