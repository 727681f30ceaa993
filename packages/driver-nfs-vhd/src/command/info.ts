import { openVhd, type Vhd } from '../vhd/open-vhd.js';
import { byteSizeInWords } from './byte-size.js';
import { EXIT } from './exit-codes.js';
import { type Result, table } from './result.js';
import { withFile } from './with-file.js';

/** What a file says of itself, as plain data. */
export function vhdInfo(path: string, vhd: Vhd): Readonly<Record<string, unknown>> {
  const { footer } = vhd;
  const common = {
    file: path,
    type: footer.type,
    uuid: footer.uuid,
    virtualBytes: vhd.virtualBytes,
    fileBytes: vhd.file.sizeBytes,
    visibility: footer.visibility,
    created: new Date(footer.createdMs).toISOString(),
    creator: footer.creator.replaceAll('\0', ''),
    creatorVersion: `${footer.creatorVersion.major}.${footer.creatorVersion.minor}`,
    lastFooter: vhd.lastFooter,
  };
  if (vhd.kind === 'fixed') return common;
  const { header, allocatedBlocks } = vhd;
  return {
    ...common,
    firstFooter: vhd.firstFooter,
    blockBytes: header.blockBytes,
    allocatedBlocks,
    allocatedBytes: allocatedBlocks * header.blockBytes,
    roomBytes: header.tableEntries * header.blockBytes,
    ...(header.parent === undefined ? {} : { parent: header.parent }),
  };
}

/** `info` */
export async function info(path: string): Promise<Result> {
  return withFile(path, 'read', async (file) => {
    const vhd = await openVhd(file);
    const { footer } = vhd;
    const rows: (readonly [string, string])[] = [
      ['type', footer.type],
      ['uuid', footer.uuid],
      ['size', `${byteSizeInWords(vhd.virtualBytes)} (${vhd.virtualBytes} bytes)`],
      ['file', byteSizeInWords(file.sizeBytes)],
      ['visibility', footer.visibility],
      ['created', new Date(footer.createdMs).toISOString()],
      ['creator', `${JSON.stringify(footer.creator.replaceAll('\0', ''))} ${creatorVersion(vhd)}`],
      ['last footer', vhd.lastFooter],
    ];
    if (vhd.kind === 'sparse') {
      const { header, allocatedBlocks, firstFooter } = vhd;
      const allocated = byteSizeInWords(allocatedBlocks * header.blockBytes);
      rows.push(['first footer', firstFooter]);
      rows.push(['allocated', `${allocated}, ${allocatedBlocks} blocks`]);
      rows.push(['can grow to', byteSizeInWords(header.tableEntries * header.blockBytes)]);
      if (header.parent !== undefined) {
        rows.push(['parent', `${JSON.stringify(header.parent.fileName)} ${header.parent.uuid}`]);
      }
    }
    return { json: vhdInfo(path, vhd), lines: table(rows), exit: EXIT.done };
  });
}

function creatorVersion({ footer }: Vhd): string {
  return `${footer.creatorVersion.major}.${footer.creatorVersion.minor}`;
}
