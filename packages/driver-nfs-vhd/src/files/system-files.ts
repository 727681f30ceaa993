import type { Clock } from '@gdcloud/core';
import { boundedFiles, CALL_PATIENCE, CALLS_OF_A_SHARE } from './bounded-files.js';
import { CallLanes } from './call-lanes.js';
import type { FileSystem } from './file-system.js';
import { nodeFileSystem } from './node-file-system.js';

// libuv's own: read once, when its first thread starts.
const THREADS = Number(process.env['UV_THREADPOOL_SIZE'] ?? '4') || 4;
// One for this process, since there is one pool of threads. The one that is left serves the database, names, the API.
const processLanes = new CallLanes(Math.max(1, THREADS - 1));

/** The operating system's file system, for one share: bounded, so that a share that hangs takes nothing else along. */
export function systemFiles(clock: Clock): FileSystem {
  const lanes = new CallLanes(CALLS_OF_A_SHARE);
  return boundedFiles(nodeFileSystem, { clock, patienceMs: CALL_PATIENCE, lanes, processLanes });
}
