import { mkdir } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { asFence, asOperationKey, asUuid, systemClock, systemRandom } from '@gdcloud/core';
import { createNfsVhdDriver, nodeFileSystem } from '@gdcloud/driver-nfs-vhd';
import { scrubStep, sharePaths } from '@gdcloud/driver-nfs-vhd/checksums';
import { newDynamicVhd, openVhdFile } from '@gdcloud/driver-nfs-vhd/vhd';
import { figure } from '../report/figure.js';
import { BLOCK, description } from './disks.js';
import type { VhdPart } from './vhd-part.js';

const FILES = 10_000;

/** Looks at all files of a big share. */
export const scan: VhdPart = {
  name: 'scan',
  what: 'a share of 10,000 disks: listed by the driver, structure and chains scrubbed',
  async measure({ folder, tell }) {
    const share = `${folder}/share`;
    await mkdir(share);
    const driver = createNfsVhdDriver({ folder: share });
    const call = {
      signal: new AbortController().signal,
      deadline: Number.MAX_SAFE_INTEGER,
      fence: asFence('1'),
      operation: asOperationKey('bench'),
    };
    tell(`${FILES} files`);
    const { uuid } = description(1, BLOCK);
    await driver.volumes.create(
      { uuid: asUuid(uuid), epoch: 1 },
      { name: 'v', sizeBytes: BLOCK },
      call,
    );
    for (let n = 2; n <= FILES; n += 1) {
      const disk = description(n, 64 * BLOCK);
      const file = await openVhdFile(`${share}/${disk.uuid}.vhd`, 'create');
      const vhd = newDynamicVhd(disk);
      for (const { bytes, position } of vhd.pieces) await file.writeAt(bytes, position);
      await file.close();
    }
    tell('listed');
    const begin = performance.now();
    let cursor: string | undefined;
    let listed = 0;
    do {
      const page = await driver.volumes.list?.(cursor, call);
      listed += page?.objects.length ?? 0;
      cursor = page?.cursor;
    } while (cursor !== undefined);
    const listing = performance.now() - begin;
    if (listed !== FILES) throw new Error(`${listed} disks were listed of ${FILES}`);
    tell('looked through for garbage');
    const [pool] = await driver.pools(call);
    if (pool === undefined || driver.upkeep === undefined) throw new Error('no upkeep is there');
    const disks = new Map(
      Array.from(
        { length: FILES },
        (_, n) => [asUuid(description(n + 1, BLOCK).uuid), 'closed'] as const,
      ),
    );
    const collectBegin = performance.now();
    await driver.upkeep({ pool: pool.external, disks }, call);
    const collecting = performance.now() - collectBegin;
    const paths = sharePaths(share);
    const doors = { paths, files: nodeFileSystem, clock: systemClock, random: systemRandom };
    tell('scrubbed');
    const middle = performance.now();
    const request = { damage: 'tell', signal: call.signal, mostFiles: 1_000 } as const;
    let report = await scrubStep(doors, request);
    while (report.cursor !== undefined)
      report = await scrubStep(doors, { ...request, cursor: report.cursor });
    return [
      figure(`scan of ${FILES} files: looked through for garbage`, collecting / 1000, 's', {
        most: 2,
      }),
      figure(`scan of ${FILES} files: listed by the driver, page by page`, listing / 1000, 's'),
      figure(
        `scan of ${FILES} files: structure and chains scrubbed`,
        (performance.now() - middle) / 1000,
        's',
      ),
    ];
  },
};
