import { readFile } from 'node:fs/promises';
import t from 'tap';
import { sandboxedMachine } from '../../dist/carrier/appliance-machine.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

const { signal } = new AbortController();

function children(): Promise<string> {
  return readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
}

t.test(
  'a sandbox that could not be set up is not left behind',
  { skip: skipWithoutSandbox() },
  async (t) => {
    const before = await children();
    // Each sandbox has one of that name already.
    await t.rejects(sandboxedMachine([], ['lo'], signal), { message: /exists/ });
    t.equal(await until(children, (now) => now === before), before);
  },
);

t.test(
  'a sandbox has its ways out, and goes when it is closed',
  { skip: skipWithoutSandbox() },
  async (t) => {
    const before = await children();
    const machine = await sandboxedMachine([], ['outside'], signal);
    const shown = await machine.runner.run(
      { program: 'ip', arguments: ['link', 'show', 'outside'] },
      signal,
    );
    t.equal(shown.exitCode, 0);
    machine.close();
    t.equal(await until(children, (now) => now === before), before);
  },
);
