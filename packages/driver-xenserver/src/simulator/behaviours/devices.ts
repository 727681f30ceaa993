import type { Behaviours } from '../context.js';
import { VBDS } from './vbds.js';
import { VIFS } from './vifs.js';

/** Disks and network cards of VMs. */
export const DEVICES: Behaviours = { ...VBDS, ...VIFS };
