import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOOTER = 512;

/** Writes the smallest thing a scan takes for a VHD: an empty disk of that size whose footer is its end. */
export async function writeVhd(
  folder: string,
  uuid: string,
  options: { readonly sizeBytes: number; readonly hidden?: boolean },
): Promise<void> {
  const footer = Buffer.alloc(FOOTER);
  footer.write('conectix', 0, 'latin1');
  footer.writeBigUInt64BE(BigInt(options.sizeBytes), 40);
  footer.writeBigUInt64BE(BigInt(options.sizeBytes), 48);
  footer.writeUInt8(options.hidden === true ? 1 : 0, 85);
  await writeFile(join(folder, `${uuid}.vhd`), Buffer.concat([Buffer.alloc(1024), footer]));
}
