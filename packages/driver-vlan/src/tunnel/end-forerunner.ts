import type { CommandRunner } from '../commands/command-runner.js';

/** Where each wireguard-go has its socket, whatever namespace it is in. */
const SOCKET_FOLDER = '/run/wireguard';

/**
 * Ends the `wireguard-go` of a device that is not where it belongs. The socket of a dead one would keep its successor from
 * starting. One whose namespace has lost its name lives on: it ends when it sees its socket gone, and takes its successor's
 * along. Nothing there is success.
 */
export async function endForerunner(
  runner: CommandRunner,
  device: string,
  signal: AbortSignal,
): Promise<void> {
  const socket = `${device}.sock`;
  if (!(await runner.files.list(SOCKET_FOLDER)).includes(socket)) return;
  // To look again is the wait.
  for (
    let found = await look(runner, device);
    found.length > 0;
    found = await look(runner, device)
  ) {
    await runner.run({ program: 'kill', arguments: ['-KILL', ...found] }, signal);
  }
  await runner.files.remove(`${SOCKET_FOLDER}/${socket}`);
}

async function look({ files }: CommandRunner, device: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const id of await files.list('/proc')) {
    if (!/^\d+$/.test(id)) continue;
    // One that ends as it is looked at is none.
    const words = await files.read(`/proc/${id}/cmdline`).catch(() => '');
    if (words?.endsWith(`wireguard-go\0${device}\0`) === true) found.push(id);
  }
  return found;
}
