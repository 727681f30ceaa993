import { isDeepStrictEqual } from 'node:util';
import { DriverFailure } from '@gdcloud/core';
import type { NetworkService } from '../agent/network-service.js';
import type { CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import { daemonId, type NamespaceDaemon, stopDaemon } from '../commands/namespace-daemon.js';
import type { NamespaceName } from '../plan/plan-names.js';
import { descriptionIn, question } from './haproxy-answers.js';
import {
  type HaproxyPaths,
  type HaproxyTexts,
  haproxyPaths,
  haproxyTexts,
  type ProxyUser,
} from './haproxy-files.js';

/** How often a haproxy is asked whether it is there by now; each time is a process, which is the wait. */
const MOST_LOOKS = 2_000;

/**
 * HTTP and TLS by a haproxy for each network that has balancers which speak them. It goes on when the agent ends. A new
 * configuration is taken over by a new process, with the ports of the old one, which serves its connections to their end.
 */
export function proxyService(runner: CommandRunner, folder: string): NetworkService {
  const { files } = runner;
  const daemonOf = (namespace: NamespaceName): NamespaceDaemon => {
    const { processId, configuration } = haproxyPaths(folder, namespace);
    return { namespace, processId, word: configuration };
  };
  const describes = async (
    paths: HaproxyPaths,
    { description }: HaproxyTexts,
    signal: AbortSignal,
  ): Promise<boolean> =>
    descriptionIn((await runner.run(question(paths, 'show info'), signal)).stdout) === description;

  const write = async (
    namespace: NamespaceName,
    paths: HaproxyPaths,
    { configuration, certificates }: HaproxyTexts,
    signal: AbortSignal,
  ): Promise<void> => {
    for (const [path, text] of certificates) await files.write(path, text);
    await files.write(paths.candidate, configuration);
    const words = [`--net=/run/netns/${namespace}`, 'haproxy', '-c', '-q', '-f', paths.candidate];
    const tried = await runner.run({ program: 'nsenter', arguments: words }, signal);
    await files.remove(paths.candidate);
    demandDone('haproxy -c', tried);
    await files.write(paths.configuration, configuration);
  };

  return {
    name: 'proxy',
    isSame: (one, other) => one.proxy === other.proxy || isDeepStrictEqual(one.proxy, other.proxy),
    async isCarried({ namespace, proxy }, _state, signal) {
      const paths = haproxyPaths(folder, namespace);
      const found = await daemonId(runner, daemonOf(namespace));
      if (proxy === null) return found === undefined;
      const texts = haproxyTexts(proxy, paths, await userOf(runner));
      if (found === undefined || !(await areWritten(runner, paths, texts))) return false;
      return describes(paths, texts, signal);
    },
    async follow({ namespace, proxy }, before, signal) {
      const paths = haproxyPaths(folder, namespace);
      const daemon = daemonOf(namespace);
      if (proxy === null) {
        if ((await files.list(paths.folder)).length === 0) return;
        await stopDaemon(runner, daemon, signal);
        await files.remove(paths.folder);
        return;
      }
      const texts = haproxyTexts(proxy, paths, await userOf(runner));
      const running = await daemonId(runner, daemon);
      if (running !== undefined && (await describes(paths, texts, signal))) {
        await writeAnew(runner, paths, texts);
        await removeLeft(runner, paths, texts);
        return;
      }
      await write(namespace, paths, texts, signal);
      if (running === undefined) {
        if (before.namespace === 'present') await stopDaemon(runner, daemon, signal);
        const { configuration, processId } = paths;
        const words = ['haproxy', '-W', '-D', '-q', '-f', configuration, '-p', processId];
        const start = [`--net=/run/netns/${namespace}`, ...words];
        demandDone('haproxy', await runner.run({ program: 'nsenter', arguments: start }, signal));
      } else {
        await runner.run({ program: 'kill', arguments: ['-USR2', running] }, signal);
      }
      for (let looks = 0; !(await describes(paths, texts, signal)); looks += 1) {
        if (looks === MOST_LOOKS) throw notTaken();
      }
      await removeLeft(runner, paths, texts);
    },
    async dissolve(namespace, signal) {
      const own = haproxyPaths(folder, namespace).folder;
      // What is left in a namespace ends with it.
      if ((await files.list(own)).length === 0) return;
      await stopDaemon(runner, daemonOf(namespace), signal);
      await files.remove(own);
    },
  };
}

async function areWritten(
  { files }: CommandRunner,
  paths: HaproxyPaths,
  texts: HaproxyTexts,
): Promise<boolean> {
  const wanted = [...texts.certificates, [paths.configuration, texts.configuration] as const];
  for (const [path, text] of wanted) if ((await files.read(path)) !== text) return false;
  return true;
}

// What runs is right, and would not find its way back to it.
async function writeAnew(
  { files }: CommandRunner,
  paths: HaproxyPaths,
  { certificates, configuration }: HaproxyTexts,
): Promise<void> {
  for (const [path, text] of certificates) await files.write(path, text);
  await files.write(paths.configuration, configuration);
}

// Of earlier configurations, and of agents that died: keys are to be there no longer than they are needed.
async function removeLeft(
  { files }: CommandRunner,
  { folder, candidate }: HaproxyPaths,
  { certificates }: HaproxyTexts,
): Promise<void> {
  await files.remove(candidate);
  for (const name of await files.list(folder)) {
    const path = `${folder}/${name}`;
    if (name.endsWith('.pem') && !certificates.has(path)) await files.remove(path);
  }
}

// In a namespace of users that has one only, there is nobody else to be.
async function userOf({ files }: CommandRunner): Promise<ProxyUser> {
  const [, , length = '0'] = ((await files.read('/proc/1/uid_map')) ?? '').trim().split(/\s+/);
  return Number(length) > 65_534 ? 'nobody' : 'root';
}

function notTaken(): DriverFailure {
  return new DriverFailure(
    'ambiguous',
    'ProxyNotReady',
    'haproxy has not taken its configuration over',
    { remedy: 'None is needed if it passes: it is looked at again. Else see what haproxy logs.' },
  );
}
