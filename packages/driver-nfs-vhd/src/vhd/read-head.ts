import { FOOTER_BYTES, type ParsedFooter, parseFooter } from './footer.js';
import { HEADER_BYTES, type Header, parseHeader } from './header.js';
import { type Readable, readExactly } from './reader.js';
import { VhdError } from './vhd-error.js';

/** A VHD's first 1536 bytes: the copy of the footer, and the header. */
export interface VhdHead {
  readonly footer: ParsedFooter;
  readonly header: Header;
}

/**
 * Reads what a VHD says of itself at its start, in one read. It trusts the first copy of the footer because XenServer
 * overwrites the one at the end for as long as a server has the disk open. Throws {@link VhdError}; a fixed VHD, whose
 * only footer is at its end, is `NotAVhd` here.
 */
export async function readVhdHead(file: Readable): Promise<VhdHead> {
  const bytes = await readExactly(file, 0, FOOTER_BYTES + HEADER_BYTES);
  const footer = parseFooter(bytes);
  if (footer.type === 'fixed')
    throw new VhdError('Unsupported', 'a fixed VHD with a footer at its start');
  const header = parseHeader(bytes.subarray(FOOTER_BYTES), footer.type);
  if (header.tableEntries * header.blockBytes < footer.virtualBytes) {
    throw new VhdError('InvalidField', 'the block table is too short for the virtual size');
  }
  return { footer, header };
}
