import { open, rm } from 'node:fs/promises';
import { BLOCK, MIB } from './disks.js';

/** More than any of what is compared writes. */
const BYTES = 768 * MIB;

/**
 * Has the system use and free as much memory as a way is going to need. A virtual machine gives free memory back to its
 * host after some seconds, and whoever takes it next waits for each page of it: up to four times as long as all the rest
 * takes, and it hits one of two ways at random.
 */
export async function warmMemory(folder: string): Promise<void> {
  const path = `${folder}/warm`;
  const block = Buffer.alloc(BLOCK, 1);
  const file = await open(path, 'w');
  try {
    for (let at = 0; at < BYTES; at += BLOCK) await file.write(block, 0, BLOCK, at);
  } finally {
    await file.close();
    await rm(path);
  }
}
