import { readdir } from 'node:fs/promises';
import {
  asFence,
  asOperationKey,
  asUuid,
  type DriverCall,
  type ObjectKey,
  type ResourceUuid,
} from '@gdcloud/core';

export const GIB: number = 1024 ** 3;
export const MIB: number = 1024 ** 2;

/** The uuid number `n` of this test. */
export function uuid(n: number): ResourceUuid {
  return asUuid(`01890000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);
}

export function keyOf(n: number): ObjectKey {
  return { uuid: uuid(n), epoch: 1 };
}

export function call(
  operation: string = 'operation',
  signal: AbortSignal = new AbortController().signal,
): DriverCall {
  return {
    signal,
    deadline: Number.MAX_SAFE_INTEGER,
    fence: asFence('1'),
    operation: asOperationKey(operation),
  };
}

/** All names in a share and in our folder in it, sorted, `share` itself left out. */
export async function shareNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => !['.gdcloud', '.gdcloud/tmp', '.gdcloud/share'].includes(name))
    .sort();
}
