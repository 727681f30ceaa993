#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { HELP, readArguments } from './read-arguments.js';
import { startSimulator } from './simulator.js';

try {
  const wanted = readArguments(process.argv.slice(2));
  if (wanted.kind === 'help') {
    process.stdout.write(HELP);
  } else {
    const { options, dumpFile } = wanted;
    const dump = dumpFile === undefined ? undefined : readFileSync(dumpFile, 'utf8');
    const { url } = await startSimulator({ ...options, dump });
    process.stdout.write(`xapi ready ${url}\n`);
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`driver-xenserver: ${message}\nTry driver-xenserver --help\n`);
  process.exitCode = 2;
}
