import { rawDisk } from '../vhd/chain.js';
import type { DiskSource } from '../vhd/disk-source.js';
import { writeRaw } from '../vhd/write-raw.js';
import { writeVhd } from '../vhd/write-vhd.js';
import { byteSizeInWords } from './byte-size.js';
import { withChain } from './chain-command.js';
import { describe } from './create-command.js';
import { EXIT } from './exit-codes.js';
import { progressBar } from './progress-bar.js';
import type { Command } from './read-command.js';
import type { Result } from './result.js';
import type { Terminal } from './terminal.js';
import { withFile, withNewFile } from './with-file.js';

type Convert = Extract<Command, { readonly kind: 'convert' }>;

/** `convert` */
export async function convert(command: Convert, terminal: Terminal): Promise<Result> {
  const { from, to, formats, parents } = command;
  await (formats.from === 'vhd'
    ? withChain(from, parents, (chain) => copy(chain, command, terminal))
    : withFile(from, 'read', (file) => copy(rawDisk(file), command, terminal)));
  return withFile(to, 'read', async ({ sizeBytes }) => ({
    json: { from, to, formats, fileBytes: sizeBytes },
    lines: [`${to}: ${byteSizeInWords(sizeBytes)}, ${formats.to}`],
    exit: EXIT.done,
  }));
}

async function copy(source: DiskSource, command: Convert, terminal: Terminal): Promise<void> {
  const bar = progressBar(terminal, command.to);
  const options = { signal: terminal.signal, onProgress: bar.onProgress };
  await withNewFile(command.to, async (file) => {
    if (command.formats.to === 'raw') await writeRaw(source, file, options);
    else {
      const description = describe(command.wish, source.virtualBytes, terminal);
      await writeVhd(source, file, description, options);
    }
  }).finally(bar.end);
}
