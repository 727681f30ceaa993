import { dirname } from 'node:path';
import { openChain, type VhdChain } from '../vhd/chain.js';
import { parentsInFolder } from '../vhd/node-vhd-file.js';
import { byteSizeInWords } from './byte-size.js';
import { EXIT } from './exit-codes.js';
import { vhdInfo } from './info.js';
import type { Result } from './result.js';
import { withFile } from './with-file.js';

/** Opens a file with its ancestors for the time of some work. */
export async function withChain<Result>(
  path: string,
  parents: string | undefined,
  work: (chain: VhdChain) => Promise<Result>,
): Promise<Result> {
  return withFile(path, 'read', async (file) => {
    const chain = await openChain(file, { resolve: parentsInFolder(parents ?? dirname(path)) });
    try {
      return await work(chain);
    } finally {
      await chain.close();
    }
  });
}

/** `chain` */
export async function chain(path: string, parents: string | undefined): Promise<Result> {
  return withChain(path, parents, async ({ files, virtualBytes }) => {
    const names = files.map((_, depth) => {
      const child = files[depth - 1];
      return child?.kind === 'sparse' ? (child.header.parent?.fileName ?? '') : path;
    });
    return {
      json: { virtualBytes, files: files.map((vhd, depth) => vhdInfo(names[depth] ?? '', vhd)) },
      lines: files.map((vhd, depth) => {
        const held = vhd.kind === 'fixed' ? vhd.virtualBytes : heldBytes(vhd);
        const words = [vhd.footer.type, vhd.footer.visibility, byteSizeInWords(held)];
        return `${'  '.repeat(depth)}${names[depth]}  ${vhd.footer.uuid}  ${words.join('  ')}`;
      }),
      exit: EXIT.done,
    };
  });
}

function heldBytes(vhd: {
  readonly allocatedBlocks: number;
  readonly header: { readonly blockBytes: number };
}): number {
  return vhd.allocatedBlocks * vhd.header.blockBytes;
}
