// Which files of tests share a process. To start one and load tap takes three quarters of a CPU second, more than most files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

/**
 * Rooms of which a test sees objects only, with no clock but their own (docs/architecture.md), or a server that is its own,
 * at a port that nobody else has.
 */
const ROOMS = [
  /^packages\/core\/dist-test\/(model|kernel|cloud)\//,
  /^packages\/http\/dist-test\/(?!browser\/)/,
  /^packages\/driver-xenserver\/dist-test\/(datamodel|driver|simulator)\//,
];
/** More would keep the others of a run waiting at its end. */
const MOST = 12;

/** Modules that reach nothing outside of the test, or what only it knows of. */
const HARMLESS = new Set([
  'assert',
  'assert/strict',
  'buffer',
  'crypto',
  'events',
  'http',
  'net',
  'path',
  'stream',
  'stream/consumers',
  'timers/promises',
  'util',
]);
/** What belongs to the process, and what is named after its file. */
const OF_THE_PROCESS = /\b(process\.|globalThis|performance|testdir|import\.meta|prototype)/;

/**
 * Files that run in one process each: those of a room together that ask nothing of their process but to run tests, any
 * other alone. What a file needs for itself is seen by its text, so none has to be named. The order is that of the files;
 * those that come along with another come sooner.
 */
export function processesOf(files) {
  const processes = [];
  const open = new Map();
  for (const file of files) {
    const room = ROOMS.map((rooms) => rooms.exec(file)?.[0]).find((found) => found !== undefined);
    if (room === undefined || !asksOnlyToRun(file)) {
      processes.push([file]);
      continue;
    }
    const others = open.get(room);
    if (others !== undefined && others.length < MOST) {
      others.push(file);
      continue;
    }
    const shared = [file];
    open.set(room, shared);
    processes.push(shared);
  }
  return processes;
}

function asksOnlyToRun(file) {
  const text = readFileSync(join(root, file), 'utf8');
  const modules = [...text.matchAll(/from 'node:([\w/]+)'/g)].map(([, name]) => name);
  // Options of all tests of a file, such as their time limit, are set at its root.
  const calls = [...text.matchAll(/^(?:await )?t\.(\w+)/gm)].map(([, name]) => name);
  return (
    !OF_THE_PROCESS.test(text) &&
    modules.every((name) => HARMLESS.has(name)) &&
    calls.length > 0 &&
    calls.every((name) => name === 'test')
  );
}
