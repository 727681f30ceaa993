import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  findPrograms,
  nodeCommandRunner,
  PROGRAMS,
  type Sandbox,
} from '@gdcloud/driver-vlan/agent';
import { done } from './programs.js';

/** Tells a process that it is the one inside. */
const INSIDE = 'GDCLOUD_BENCH_INSIDE';

/**
 * Runs this program again in namespaces of its own for networks, processes and mounts, where it starts programs as on a
 * machine of its own, with nothing in between. Returns true in the outer process, once that has ended.
 */
export async function ranInside(): Promise<boolean> {
  if (process.env[INSIDE] !== undefined) return false;
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const words = [...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn('/usr/bin/unshare', [...words, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  const [code] = await once(child, 'exit');
  process.exitCode = typeof code === 'number' ? code : 1;
  return true;
}

/** The machine that the process is alone on, with the folders that networks need. */
export async function ownMachine(): Promise<Sandbox> {
  const machine = { runner: nodeCommandRunner(await findPrograms(PROGRAMS)), close: () => {} };
  await done(machine, { program: 'mount', arguments: ['-t', 'tmpfs', 'gdcloud', '/run'] });
  await done(machine, { program: 'mkdir', arguments: ['/run/netns', '/run/wireguard'] });
  const input = 'link set dev lo up\nlink add name outside type bridge\nlink set dev outside up\n';
  await done(machine, { program: 'ip', arguments: ['-batch', '-'], input });
  return machine;
}
