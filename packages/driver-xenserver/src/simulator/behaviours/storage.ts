import type { Behaviours } from '../context.js';
import { CONNECTIONS } from './connections.js';
import { DISKS } from './disks.js';
import { REPOSITORIES } from './repositories.js';

/** Disks, storage repositories and what connects hosts to them. */
export const STORAGE: Behaviours = { ...CONNECTIONS, ...DISKS, ...REPOSITORIES };
