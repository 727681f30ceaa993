import { geometryFor } from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

test('the geometry follows the appendix of the specification', async (t) => {
  const table: readonly (readonly [string, number, number, number, number])[] = [
    ['1 MiB', MIB, 30, 4, 17],
    ['2 MiB', 2 * MIB, 60, 4, 17],
    ['40 MiB', 40 * MIB, 963, 5, 17],
    ['512 MiB', 512 * MIB, 1040, 16, 63],
    ['1 GiB', GIB, 2080, 16, 63],
    ['40 GiB', 40 * GIB, 20560, 16, 255],
    ['127 GiB', 127 * GIB, 65278, 16, 255],
    ['128 GiB', 128 * GIB, 65535, 16, 255],
    ['2040 GiB', 2040 * GIB, 65535, 16, 255],
  ];
  for (const [name, bytes, cylinders, heads, sectorsPerTrack] of table) {
    t.same(geometryFor(bytes), { cylinders, heads, sectorsPerTrack }, name);
  }
});

test('the geometry never covers more than the disk', async (t) => {
  for (let blocks = 1; blocks < 200_000; blocks = Math.ceil(blocks * 1.3)) {
    const bytes = blocks * 2 * MIB;
    const { cylinders, heads, sectorsPerTrack } = geometryFor(bytes);
    t.ok(cylinders * heads * sectorsPerTrack * 512 <= bytes, `${blocks} blocks`);
    t.ok(cylinders <= 65535 && heads <= 16 && sectorsPerTrack <= 255);
  }
});
