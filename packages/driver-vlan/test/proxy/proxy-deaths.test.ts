import type { ApplianceDesired, HttpProxying } from '@gdcloud/core';
import { compileProgram, type NetworkProgram, parseAppliance } from '@gdcloud/driver-vlan';
import {
  type CommandRunner,
  findPrograms,
  NetworkAgent,
  PROGRAMS,
  proxyService,
  sandboxPorts,
  startSandbox,
} from '@gdcloud/driver-vlan/agent';
import { CERTIFICATE_A, CERTIFICATE_B, KEY_A, KEY_B } from '@gdcloud/services';
import t from 'tap';
import { CARRIED } from '../support/carried-network.js';
import { dyingRunner } from '../support/dying-runner.js';
import { uuid } from '../support/fixtures.js';
import { skipWithoutSandbox } from '../support/network-sandbox.js';

const { signal } = new AbortController();
const PHYSICAL = [{ name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 }] as const;

function programOf(...proxies: readonly HttpProxying[]): NetworkProgram {
  const balancers: ApplianceDesired['balancers'] = proxies.map((proxy, nth) => ({
    uuid: uuid(30 + nth),
    generation: 1,
    protocol: 'tcp',
    publicAddress: '203.0.113.11',
    publicPort: 443 + nth,
    privatePort: 8080,
    algorithm: 'roundRobin',
    proxy,
    check: null,
    backends: [],
  }));
  return compileProgram(parseAppliance(uuid(1), { ...CARRIED, balancers }, PHYSICAL));
}

const A: HttpProxying = { scheme: 'https', certificate: CERTIFICATE_A, privateKey: KEY_A };
const B: HttpProxying = { scheme: 'https', certificate: CERTIFICATE_B, privateKey: KEY_B };
/** Where an agent dies between other programs is told of elsewhere. */
function isOfProxy({ program, arguments: words }: Parameters<CommandRunner['run']>[0]): boolean {
  return program === 'socat' || program === 'kill' || words.includes('haproxy');
}

const NOTHING = programOf();
const ONE = programOf(A);
const OTHERS = programOf(B, { scheme: 'http' });

t.test(
  'an agent that dies while it brings a proxy',
  {
    skip: skipWithoutSandbox('haproxy', 'socat'),
  },
  async (t) => {
    const paths = await findPrograms(PROGRAMS);
    const as = process.getuid?.() === 0 ? 'root' : 'user';
    const { runner, close } = await startSandbox({ paths, as }, signal);
    t.teardown(close);
    const input = 'link add name outside type bridge\nlink set dev outside up\n';
    await runner.run({ program: 'ip', arguments: ['-batch', '-'], input }, signal);
    const { namespace } = NOTHING;
    const folder = `/run/gdcloud/${namespace}/proxy`;
    const agentOn = (on: CommandRunner): NetworkAgent =>
      new NetworkAgent({
        runner: on,
        ports: sandboxPorts(['physnet1'], ['outside']),
        services: [proxyService(on, '/run/gdcloud')],
        metersFolder: '/run/meters',
      });
    const follow = (agent: NetworkAgent, program: NetworkProgram) =>
      agent.follow(program, async () => {}, signal);
    /** What runs says of itself, and the files there are. */
    const looks = async (): Promise<string> => {
      const peer = `UNIX-CONNECT:${folder}/socket`;
      const question = {
        program: 'socat',
        arguments: ['-t5', '-', peer],
        input: 'show info\n',
      } as const;
      const { stdout } = await runner.run(question, signal);
      const files = (await runner.files.list(folder)).filter((name) => !name.startsWith('.'));
      return [/^description: .*$/m.exec(stdout)?.[0] ?? 'nobody', ...files.toSorted()].join();
    };
    const steady = agentOn(runner);
    for (const [deed, from, to] of [
      ['is created', NOTHING, ONE],
      ['is changed', ONE, OTHERS],
      ['is removed', ONE, NOTHING],
    ] as const) {
      await t.test(
        `that ${deed}, after any program of that, leaves what another makes good`,
        async (t) => {
          await follow(steady, to);
          const wanted = await looks();
          let points = 0;
          for (let isDone = false; !isDone; points += 1) {
            await follow(steady, from);
            const dying = agentOn(dyingRunner(runner, points + 1, 'after', isOfProxy));
            isDone = await follow(dying, to).then(
              () => true,
              () => false,
            );
            dying.close();
            const next = agentOn(runner);
            await follow(next, to);
            t.equal(await looks(), wanted, `after point ${points}`);
            t.same((await next.audit(to, signal)).repairs, [], 'and nothing is left to repair');
            next.close();
          }
          t.ok(points > 1, `${points} points`);
        },
      );
    }
    steady.close();
  },
);
