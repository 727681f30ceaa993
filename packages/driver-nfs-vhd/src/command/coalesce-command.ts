import { dirname, join } from 'node:path';
import { coalesceVhd } from '../vhd/coalesce.js';
import { openVhd } from '../vhd/open-vhd.js';
import { lastPartOf } from '../vhd/parent-file-names.js';
import { VhdError } from '../vhd/vhd-error.js';
import { byteSizeInWords } from './byte-size.js';
import { EXIT } from './exit-codes.js';
import { progressBar } from './progress-bar.js';
import type { Command } from './read-command.js';
import type { Result } from './result.js';
import type { Terminal } from './terminal.js';
import { withFile } from './with-file.js';

type Coalesce = Extract<Command, { readonly kind: 'coalesce' }>;

/** `coalesce` */
export async function coalesce(command: Coalesce, terminal: Terminal): Promise<Result> {
  return withFile(command.child, 'read', async (file) => {
    const child = await openVhd(file);
    if (child.kind === 'fixed' || child.header.parent === undefined)
      throw new VhdError('ParentMissing', `${command.child} has no parent`);
    const parent = command.parent ?? parentBeside(command.child, child.header.parent.fileName);
    const bar = progressBar(terminal, parent);
    const { movedBytes } = await withFile(
      parent,
      'write',
      (target) =>
        coalesceVhd(child, target, { signal: terminal.signal, onProgress: bar.onProgress }),
      command.parent === undefined ? 'refused' : 'followed',
    ).finally(bar.end);
    return {
      json: { child: command.child, parent, movedBytes },
      lines: [
        `${parent} now reads as ${command.child} does; ${byteSizeInWords(movedBytes)} were copied`,
      ],
      exit: EXIT.done,
    };
  });
}

function parentBeside(child: string, said: string): string {
  const name = lastPartOf(said);
  if (name === undefined)
    throw new VhdError('ParentMissing', `${JSON.stringify(said)} is no file's name`);
  return join(dirname(child), name);
}
