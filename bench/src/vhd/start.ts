import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { figure } from '../report/figure.js';
import { inTurn } from './disks.js';
import type { VhdPart } from './vhd-part.js';

const MAIN = fileURLToPath(
  import.meta.resolve('@gdcloud/driver-nfs-vhd/vhd').replace('/vhd/index.js', '/command/main.js'),
);
const ROUNDS = 15;
const run = promisify(execFile);

/** What a user waits for before the command begins. */
export const start: VhdPart = {
  name: 'start',
  what: 'how long the vhd command takes to start, beside node alone',
  async measure() {
    const { node, command } = await inTurn(ROUNDS, {
      node: { work: () => run(process.execPath, ['-e', '0']) },
      command: { work: () => run(process.execPath, [MAIN, '--help']) },
    });
    return [
      figure('start of node alone', node, 'ms'),
      figure('start of the command, node included', command, 'ms'),
    ];
  },
};
