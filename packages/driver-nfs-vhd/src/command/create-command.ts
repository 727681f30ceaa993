import { basename, dirname, resolve } from 'node:path';
import {
  type NewVhd,
  newDifferencingVhd,
  newDynamicVhd,
  newFixedVhd,
  type VhdDescription,
  writeNewVhd,
} from '../vhd/new-vhd.js';
import { openVhd } from '../vhd/open-vhd.js';
import { BLOCK_BYTES } from '../vhd/sizes.js';
import { EXIT } from './exit-codes.js';
import { info } from './info.js';
import type { Command, DiskWish } from './read-command.js';
import type { Result } from './result.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';
import { withFile, withNewFile } from './with-file.js';

type Create = Extract<Command, { readonly kind: 'create' }>;

/** `create` */
export async function create(command: Create, terminal: Terminal): Promise<Result> {
  const vhd = await wanted(command, terminal);
  await withNewFile(command.file, (file) => writeNewVhd(file, vhd));
  return { ...(await info(command.file)), exit: EXIT.done };
}

async function wanted({ file, parent, type, wish }: Create, terminal: Terminal): Promise<NewVhd> {
  if (parent === undefined) {
    if (wish.size === undefined) throw new UsageError('how big? --size 40G');
    const description = describe(wish, wish.size, terminal);
    return type === 'fixed' ? newFixedVhd(description) : newDynamicVhd(description);
  }
  if (type === 'fixed') throw new UsageError('a fixed disk has no parent');
  if (resolve(dirname(parent)) !== resolve(dirname(file)))
    throw new UsageError('a parent has to be in the same folder');
  const { footer, virtualBytes } = await withFile(parent, 'read', (opened) => openVhd(opened));
  return newDifferencingVhd(describe(wish, wish.size ?? virtualBytes, terminal), {
    uuid: footer.uuid,
    fileName: basename(parent),
    modifiedMs: terminal.now(),
  });
}

/** A new disk as asked for, of at least a size: rounded up to what a VHD can have. */
export function describe(wish: DiskWish, size: number, terminal: Terminal): VhdDescription {
  return {
    uuid: wish.uuid ?? terminal.newUuid(),
    virtualBytes: wish.size ?? Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES,
    roomBytes: wish.room,
    createdMs: terminal.now(),
    visibility: wish.visibility,
  };
}
