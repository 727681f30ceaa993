#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { runCommand } from './run-command.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}
process.exitCode = await runCommand(process.argv.slice(2), {
  write: (text) => void process.stdout.write(text),
  tell: (text) => void process.stderr.write(text),
  reader: process.stderr.isTTY && !process.argv.includes('--json') ? 'person' : 'program',
  now: () => Date.now(),
  newUuid: randomUUID,
  signal: stop.signal,
});
