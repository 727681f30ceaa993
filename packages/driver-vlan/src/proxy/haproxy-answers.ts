import type { ResourceUuid } from '@gdcloud/core';
import type { CommandLine } from '../commands/command-runner.js';
import type { HaproxyPaths } from './haproxy-files.js';

/** Asks a running haproxy. What runs answers at once: nobody there ends it as well. */
export function question({ socket }: HaproxyPaths, words: string): CommandLine {
  const peer = `UNIX-CONNECT:${socket}`;
  return { program: 'socat', arguments: ['-t5', '-', peer], input: `${words}\n` };
}

/** What a haproxy calls itself, by what it answers to `show info`; undefined where it tells nothing. */
export function descriptionIn(info: string): string | undefined {
  return /^description: (\S+)$/m.exec(info)?.[1];
}

/**
 * How a server is, by what a haproxy answers to `show stat`, which has a line for each with the names of the columns in the
 * first. Undefined where it knows none of that name.
 */
export function statusIn(statistics: string, server: ResourceUuid): string | undefined {
  const [head = '', ...lines] = statistics.replace(/^# /, '').split('\n');
  const columns = head.split(',');
  const [name, status] = [columns.indexOf('svname'), columns.indexOf('status')];
  return lines.map((line) => line.split(',')).find((fields) => fields[name] === server)?.[status];
}
