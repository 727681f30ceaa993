import { type ApplianceActual, ensureError } from '@gdcloud/core';
import { findPrograms, type ProgramPaths } from '../commands/program-paths.js';
import { startSandbox } from '../commands/sandbox.js';
import type { MachineSettings } from '../links/machine-settings.js';

/** What a machine can do, and why it can't do more. */
export interface StrongestMode {
  readonly mode: ApplianceActual['mode'];
  /** One sentence: what keeps it from a stronger mode; empty for `full`. */
  readonly because: string;
}

/**
 * The strongest mode that this machine allows. `full` for root on Linux where its wiring is told: nobody's machine is
 * changed unasked. `sandboxed` where it may make namespaces, which is tried. `record` everywhere else.
 */
export async function strongestMode(
  machine: MachineSettings | undefined,
  signal: AbortSignal,
): Promise<StrongestMode> {
  if (process.platform !== 'linux') {
    return { mode: 'record', because: 'networks are carried on Linux only' };
  }
  const needed = [
    'ip',
    'nft',
    'nsenter',
    'unshare',
    'cat',
    'env',
    'mount',
    'mkdir',
    'sysctl',
    'tc',
    'kill',
  ] as const;
  const paths = await findPrograms([...needed, 'dnsmasq']);
  const missing = [...needed, 'dnsmasq' as const].filter((program) => !paths.has(program));
  if (missing.length > 0) {
    return {
      mode: 'record',
      because: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not installed`,
    };
  }
  const isRoot = process.getuid?.() === 0;
  if (isRoot && machine !== undefined && machine.trunks.length > 0)
    return { mode: 'full', because: '' };
  const refusal = await sandboxRefusal(paths, isRoot ? 'root' : 'user', signal);
  if (refusal !== undefined) return { mode: 'record', because: refusal };
  return {
    mode: 'sandboxed',
    because: isRoot ? 'no trunk is named' : 'only root may change the network',
  };
}

async function sandboxRefusal(
  paths: ProgramPaths,
  as: 'root' | 'user',
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const sandbox = await startSandbox({ paths, as }, signal);
    sandbox.close();
    return undefined;
  } catch (thrown) {
    return ensureError(thrown).message;
  }
}
