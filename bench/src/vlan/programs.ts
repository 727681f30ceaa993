import type { CommandLine } from '@gdcloud/driver-vlan';
import type { Sandbox } from '@gdcloud/driver-vlan/agent';

/** Nothing here is broken off. */
export const signal: AbortSignal = new AbortController().signal;

/** Nobody else works on a benchmark's networks. */
export async function stillOurs(): Promise<void> {}

/** Runs a program, and demands that it ends well. */
export async function done({ runner }: Sandbox, command: CommandLine): Promise<string> {
  const { exitCode, stdout, stderr } = await runner.run(command, signal);
  if (exitCode === 0) return stdout;
  throw new Error(`${command.program} ${command.arguments.join(' ')}: ${stderr.slice(0, 500)}`);
}

/** `nft` with its words in a namespace, as anybody would start it. */
export function nft(sandbox: Sandbox, namespace: string, words: string): Promise<string> {
  const inside = [`--net=/run/netns/${namespace}`, 'nft', ...words.split(' ')];
  return done(sandbox, { program: 'nsenter', arguments: inside });
}

/** `nft -f -` in a namespace. */
export function nftScript(sandbox: Sandbox, namespace: string, input: string): Promise<string> {
  const inside = [`--net=/run/netns/${namespace}`, 'nft', '-f', '-'];
  return done(sandbox, { program: 'nsenter', arguments: inside, input });
}
