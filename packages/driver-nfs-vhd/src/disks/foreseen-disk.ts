import type { DiskFileActual } from '@gdcloud/core';
import { checkedVirtualBytes } from '../vhd/sizes.js';

/** A new disk's file as a plan shows it: what it will take on the share is only known once it is there. Throws VhdError. */
export function foreseenDisk(sizeBytes: number): DiskFileActual {
  return { virtualBytes: checkedVirtualBytes(sizeBytes), physicalBytes: 0 };
}
