import { rm } from 'node:fs/promises';
import { openChain, openVhdFile, rawDisk, writeRaw, writeVhd } from '@gdcloud/driver-nfs-vhd/vhd';
import { type Figure, figure } from '../report/figure.js';
import { description, GIB, inTurn, makeRaw, program, type Way } from './disks.js';
import type { VhdPart } from './vhd-part.js';
import { warmMemory } from './warm-memory.js';

/** Raw to VHD and back, beside qemu-img. */
export const conversions: VhdPart = {
  name: 'convert',
  what: '1 GiB with 50 % data from raw to VHD and back, beside qemu-img',
  async measure({ folder, rounds, tell }) {
    const [raw, vhd, out] = [`${folder}/a.raw`, `${folder}/a.vhd`, `${folder}/out`];
    await makeRaw(raw);
    const source = await openVhdFile(raw, 'read');
    const prepare = async (): Promise<void> => {
      await rm(out, { force: true });
      await warmMemory(folder);
    };
    const ours = async (path: string, durability: 'synced' | 'unsynced'): Promise<void> => {
      const file = await openVhdFile(path, 'create');
      await writeVhd(rawDisk(source), file, description(1, GIB), { durability });
      await file.close();
    };
    const qemu = (...words: readonly string[]): Way => ({
      prepare,
      work: () => program('qemu-img', 'convert', ...words, out),
    });
    await ours(vhd, 'synced');
    tell('raw to VHD');
    const cached = await inTurn(rounds, {
      qemu: qemu('-f', 'raw', '-O', 'vpc', raw),
      ours: { prepare, work: () => ours(out, 'unsynced') },
    });
    tell('raw to VHD, durable');
    const durable = await inTurn(rounds, {
      qemu: qemu('-t', 'writeback', '-f', 'raw', '-O', 'vpc', raw),
      ours: { prepare, work: () => ours(out, 'synced') },
    });
    tell('VHD to raw');
    const opened = await openVhdFile(vhd, 'read');
    const chain = await openChain(opened);
    const back = await inTurn(rounds, {
      qemu: qemu('-f', 'vpc', '-O', 'raw', vhd),
      ours: {
        prepare,
        work: async () => {
          const file = await openVhdFile(out, 'create');
          await writeRaw(chain, file, { durability: 'unsynced' });
          await file.close();
        },
      },
    });
    await opened.close();
    await source.close();
    await rm(out, { force: true });
    return [
      ...compared('raw to VHD, not flushed', cached, 1),
      ...compared('raw to VHD, durable', durable, 1.3),
      ...compared('VHD to raw, not flushed', back, 0.9),
    ];
  },
};

function compared(
  what: string,
  { qemu, ours }: Readonly<Record<'qemu' | 'ours', number>>,
  least: number,
): readonly Figure[] {
  return [
    figure(`${what}: qemu-img`, qemu, 'ms'),
    figure(`${what}: ours`, ours, 'ms'),
    figure(`${what}: speed to qemu-img`, qemu / ours, '×', { least }),
  ];
}
