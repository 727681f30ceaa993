import { rm } from 'node:fs/promises';
import {
  newDifferencingVhd,
  openVhdFile,
  type Writable,
  writeNewVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { type Figure, figure } from '../report/figure.js';
import { description, GIB, inTurn } from './disks.js';
import type { VhdPart } from './vhd-part.js';

const ROUNDS = 20;

/** Thin copies, whose time is that of their headers. */
export const clones: VhdPart = {
  name: 'clone',
  what: 'thin copies of disks of 40 GiB and 1.2 TiB',
  async measure({ folder, tell }) {
    const figures: Figure[] = [];
    for (const { name, bytes, most } of [
      { name: '40 GiB', bytes: 40 * GIB, most: 2 },
      { name: '1.2 TiB', bytes: 1228 * GIB, most: 8 },
    ]) {
      tell(name);
      let syncs = 0;
      const parent = { uuid: description(1, bytes).uuid, fileName: 'p.vhd', modifiedMs: 0 };
      const vhd = newDifferencingVhd(description(2, bytes), parent);
      const zeros = Buffer.alloc(vhd.fileBytes, 1);
      const prepare = (): Promise<void> => rm(`${folder}/clone.vhd`, { force: true });
      const { clone, bare } = await inTurn(ROUNDS, {
        bare: {
          prepare,
          work: async () => {
            const file = await openVhdFile(`${folder}/clone.vhd`, 'create');
            await file.writeAt(zeros, 0);
            await file.sync();
            await file.close();
          },
        },
        clone: {
          prepare,
          work: async () => {
            const file = await openVhdFile(`${folder}/clone.vhd`, 'create');
            const counted: Writable = {
              sizeBytes: 0,
              readAt: (target, position) => file.readAt(target, position),
              writeAt: (data, position) => file.writeAt(data, position),
              sync: () => {
                syncs += 1;
                return file.sync();
              },
            };
            await writeNewVhd(counted, newDifferencingVhd(description(2, bytes), parent));
            await file.close();
          },
        },
      });
      figures.push(
        figure(`clone of ${name}`, clone, 'ms', { most }),
        figure(
          `clone of ${name}: time to a bare write and sync of as many bytes`,
          clone / bare,
          '×',
        ),
        figure(`clone of ${name}: syncs`, syncs / (ROUNDS + 1), '', { most: 4 }),
      );
    }
    return figures;
  },
};
