import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { openVhdFile, type VhdDescription } from '@gdcloud/driver-nfs-vhd/vhd';
import { median } from '../load/statistics.js';

export const MIB: number = 1024 ** 2;
export const GIB: number = 1024 ** 3;
export const BLOCK: number = 2 * MIB;

const run = promisify(execFile);

/** Runs a program to its end. */
export async function program(name: string, ...words: readonly string[]): Promise<void> {
  await run(name, words);
}

/** The disk number `n`. */
export function description(n: number, virtualBytes: number): VhdDescription {
  return {
    uuid: `0190a000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
    virtualBytes,
    createdMs: Date.UTC(2026, 0, 1),
    visibility: 'visible',
  };
}

/** Writes a raw disk of 1 GiB: blocks of noise and holes in turn. */
export async function makeRaw(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let at = 0; at < GIB; at += 2 * BLOCK) await file.write(randomBytes(BLOCK), 0, BLOCK, at);
    await file.truncate(GIB);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a new file, replacing what an earlier round left. */
export async function emptied(path: string): ReturnType<typeof openVhdFile> {
  await rm(path, { force: true });
  return openVhdFile(path, 'create');
}

/** A way of doing a thing, and what is made ready for it each time, which is not timed. */
export interface Way {
  readonly prepare?: (() => Promise<unknown>) | undefined;
  readonly work: () => Promise<unknown>;
}

/** Times several ways of doing a thing, in turn, and gives the median of each in milliseconds. */
export async function inTurn<Name extends string>(
  rounds: number,
  ways: Readonly<Record<Name, Way>>,
): Promise<Readonly<Record<Name, number>>> {
  const times = new Map<string, number[]>();
  // The first round fills caches: it is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, { prepare, work }] of Object.entries<Way>(ways)) {
      await prepare?.();
      const begin = performance.now();
      await work();
      if (round > 0) times.set(name, [...(times.get(name) ?? []), performance.now() - begin]);
    }
  }
  const medians = Object.keys(ways).map((name) => [name, median(times.get(name) ?? [])]);
  return Object.fromEntries(medians) as Readonly<Record<Name, number>>;
}
