// Usage: node guest-files.js <port> <name>      A process in the guest that makes calls of the file system for the host.
// Straight from its file: all of the package with what it needs takes five seconds to load here.

import { readFile } from 'node:fs/promises';
import type { OpenFile } from '../../../dist/files/file-system.js';
import { nodeFileSystem } from '../../../dist/files/node-file-system.js';
import { serveHost } from './wire.js';

const open = new Map<number, OpenFile>();
let opened = 0;

function keep(file: OpenFile): number {
  opened += 1;
  open.set(opened, file);
  return opened;
}

function file(number: number): OpenFile {
  const found = open.get(number);
  if (found === undefined) throw new Error(`there is no file ${number}`);
  return found;
}

const files = nodeFileSystem;
serveHost(Number(process.argv[2]), process.argv[3] ?? '', {
  async elsewhere() {
    await readFile('/proc/uptime');
  },
  status: (path: string) => files.status(path),
  names: (path: string) => files.names(path),
  entries: (path: string) => files.entries(path),
  open: async (path: string) => keep(await files.open(path)),
  openForWriting: async (path: string) => keep(await files.openForWriting(path)),
  make: async (path: string, mode: number) => keep(await files.make(path, mode)),
  link: (existing: string, name: string) => files.link(existing, name),
  rename: (from: string, to: string) => files.rename(from, to),
  unlink: (path: string) => files.unlink(path),
  makeFolder: (path: string) => files.makeFolder(path),
  removeFolder: (path: string) => files.removeFolder(path),
  syncFolder: (path: string) => files.syncFolder(path),
  space: (path: string) => files.space(path),
  demandWritable: (path: string) => files.demandWritable(path),
  fileStatus: (number: number) => file(number).status(),
  async readAt(number: number, length: number, position: number) {
    const target = Buffer.alloc(length);
    return target.subarray(0, await file(number).readAt(target, position));
  },
  writeAt: (number: number, bytes: Uint8Array, position: number) =>
    file(number).writeAt(bytes, position),
  sync: (number: number) => file(number).sync(),
  close: (number: number) => file(number).close(),
});
