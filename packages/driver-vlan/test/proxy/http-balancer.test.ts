import type { ApplianceDesired, HttpProxying, LoadBalancer } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { CERTIFICATE_A, CERTIFICATE_B, KEY_A, KEY_B } from '@gdcloud/services';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { call, uuid } from '../support/fixtures.js';
import { Conversation, skipWithoutSandbox, until } from '../support/network-sandbox.js';

const INTERVAL = 500;
const ADDRESS = '203.0.113.11';
const A: HttpProxying = { scheme: 'https', certificate: CERTIFICATE_A, privateKey: KEY_A };
const B: HttpProxying = { scheme: 'https', certificate: CERTIFICATE_B, privateKey: KEY_B };

let revision = 3;

function balancer(
  nth: number,
  publicPort: number,
  proxy: HttpProxying,
  change: Partial<LoadBalancer> = {},
): LoadBalancer {
  return {
    uuid: uuid(30 + nth),
    generation: revision,
    protocol: 'tcp',
    publicAddress: ADDRESS,
    publicPort,
    privatePort: 8080,
    algorithm: 'roundRobin',
    proxy,
    check: null,
    backends: [1, 2].map((server) => ({
      server: uuid(server),
      privateAddress: `192.168.0.1${server}`,
      weight: 1,
    })),
    ...change,
  };
}

function balanced(
  balancers: readonly LoadBalancer[],
  more: Partial<ApplianceDesired> = {},
): ApplianceDesired {
  revision += 1;
  return { ...CARRIED, revision, balancers, ...more };
}

/** A server that tells who it is and what it was told of who asks, of which the end comes when `/run/go` is there. */
const SERVER = `
while read -r line; do
  line=\${line%?}
  [ -n "$line" ] || break
  case $line in
    'GET /slow '*) slow=yes ;;
    'GET /healthy'*) [ ! -e /run/sick ] || exit ;;
    [Xx]-[Ff]*) told="$told$line;" ;;
  esac
done
printf 'HTTP/1.0 200 OK\\r\\n\\r\\n%s;%s\\n' "$1" "$told"
[ -z "$slow" ] || { while [ ! -e /run/go ]; do sleep 0.02; done; echo the end; }
`;

const skip = skipWithoutSandbox('haproxy', 'socat', 'conntrack');

t.test('balancers that speak HTTP themselves', { skip }, async (t) => {
  const clock = new ManualClock();
  const network = await CarriedNetwork.start(
    balanced([balancer(0, 80, { scheme: 'http' }), balancer(1, 443, A)]),
    clock,
  );
  t.teardown(() => network.close());
  const { files } = network.runner;
  await files.write('/run/server.sh', SERVER);
  await files.write('/run/a.pem', CERTIFICATE_A);
  await files.write('/run/b.pem', CERTIFICATE_B);
  const serve = (number: number) =>
    network.listen(`vm${number}`, 8080, `EXEC:sh /run/server.sh vm${number}`);
  for (const number of [1, 2]) {
    await network.addServer(number);
    await serve(number);
  }
  const plain = `TCP:${ADDRESS}:80,connect-timeout=2`;
  const tls = (name: 'a' | 'b') =>
    `OPENSSL:${ADDRESS}:443,cafile=/run/${name}.pem,commonname=${name}.example,connect-timeout=2`;
  const socat = (...words: readonly string[]) => ({
    program: 'nsenter' as const,
    arguments: ['--net=/run/netns/inet', 'socat', '-T5', '-t5', ...words],
  });
  const request = (path: string, header = '') =>
    `GET ${path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n${header}\r\n`;
  /** What a request from outside is answered, without the answer's head; empty where it isn't. */
  const get = async (peer: string, header?: string): Promise<string> => {
    const command = { ...socat('-', `${peer},shut-none`), input: request('/', header) };
    const { stdout } = await network.runner.run(command, new AbortController().signal);
    return (/^HTTP\/1\.[01] 200 [\s\S]*?\r\n\r\n([\s\S]*)$/.exec(stdout)?.[1] ?? '').trim();
  };
  /** Asks for what has no end before `/run/go` is there, and returns when its beginning has come. */
  const ask = async (peer: string): Promise<Conversation> => {
    const conversation = new Conversation(network.runner.start(socat('-', `${peer},shut-none`)));
    conversation.say(request('/slow'));
    await until(
      () => conversation.heard,
      (heard) => heard.includes('vm'),
    );
    return conversation;
  };
  const answerers = async (peer: string, asked = 6): Promise<string> => {
    const heard = new Set<string>();
    for (let nth = 0; nth < asked; nth += 1) heard.add((await get(peer)).split(';')[0] ?? '');
    return [...heard].sort().join();
  };
  const dropped = (why: 'revoked' | 'refused_sources') =>
    network.inside(network.namespace, 'nft', 'list', 'counter', 'inet', 'gd', why);
  const processes = async (): Promise<readonly string[]> => {
    const found = (await network.ip(`netns pids ${network.namespace}`)).split('\n').filter(Boolean);
    return (await Promise.all(found.map((id) => files.read(`/proc/${id}/cmdline`))))
      .filter((words) => words?.startsWith('haproxy') === true)
      .map(String);
  };
  const folder = `/run/gdcloud/${network.namespace}/proxy`;

  await t.test(
    'spread requests, and tell servers who asks, whatever he says himself',
    async (t) => {
      t.equal(await answerers(plain), 'vm1,vm2');
      const told = await get(plain, 'X-Forwarded-For: 192.0.2.66\r\nX-Forwarded-Proto: https\r\n');
      t.match(told, /x-forwarded-for: 203\.0\.113\.1;x-forwarded-proto: http;$/);
    },
  );

  await t.test('end TLS with their own certificate', async (t) => {
    t.match(await get(tls('a')), /x-forwarded-for: 203\.0\.113\.1;x-forwarded-proto: https;$/);
    t.equal(await get(tls('b')), '', 'which is no other');
  });

  await t.test('are metered', async (t) => {
    const metered = await network.driver.meters?.(uuid(1), call());
    const found = metered?.find(({ element }) => element === uuid(31))?.both;
    t.ok(Number(found?.bytes) > 1000, `${found?.bytes} bytes both ways`);
  });

  await t.test('nobody but root sees a key, and no argument tells it', async (t) => {
    const names = (await files.list(folder)).filter((name) => name.endsWith('.pem'));
    t.equal(names.length, 1);
    const modes = await network.inside('inet', 'stat', '-c', '%a', folder, `${folder}/${names[0]}`);
    t.equal(modes, '700\n600');
    for (const words of await processes()) t.notMatch(words, 'KEY');
  });

  await t.test('change without a connection lost', async (t) => {
    const slow = [await ask(plain), await ask(tls('a'))];
    const asking = answerers(plain, 40);
    await network.change(balanced([balancer(0, 80, { scheme: 'http' }), balancer(1, 443, B)]));
    t.equal(await asking, 'vm1,vm2', 'none that comes meanwhile is refused');
    t.match(await get(tls('b')), /^vm/);
    t.equal(await get(tls('a')), '');
    await files.write('/run/go', '');
    for (const conversation of slow) {
      t.ok(
        await until(
          () => conversation.heard.includes('the end'),
          (ends) => ends,
        ),
      );
    }
    await files.remove('/run/go');
    t.equal((await files.list(folder)).filter((name) => name.endsWith('.pem')).length, 1);
  });

  await t.test('a server of weight 0 gets no new requests', async (t) => {
    const backends = [0, 1].map((weight, nth) => ({
      server: uuid(nth + 1),
      privateAddress: `192.168.0.1${nth + 1}`,
      weight,
    }));
    await network.change(balanced([balancer(0, 80, { scheme: 'http' }, { backends })]));
    t.equal(await answerers(plain), 'vm2');
  });

  await t.test('the same client finds the same server', async (t) => {
    await network.change(balanced([balancer(0, 80, { scheme: 'http' }, { algorithm: 'source' })]));
    t.match(await answerers(plain), /^vm[12]$/);
  });

  const checked = balanced([
    balancer(
      0,
      80,
      { scheme: 'http' },
      {
        check: {
          kind: 'http',
          path: '/healthy?"#\'\\$x',
          intervalMs: INTERVAL,
          timeoutMs: INTERVAL,
          rise: 1,
          fall: 2,
        },
      },
    ),
  ]);
  const sees = (...unwell: readonly number[]) =>
    until(
      async () => {
        clock.advance(INTERVAL);
        const { actual, changes } = await network.observed(checked);
        return JSON.stringify([changes, actual.unwell?.[uuid(30)] ?? []]);
      },
      (seen) => seen === JSON.stringify([[], unwell.map(uuid)]),
    );

  await t.test('who fails the checks is left out, and told', async (t) => {
    await network.change(checked);
    await sees();
    await network.killAll('vm2');
    await sees(2);
    t.equal(await answerers(plain), 'vm1');
    await serve(2);
    await sees();
    t.equal(await answerers(plain), 'vm1,vm2');
  });

  await t.test('where all fail the checks, all stay in', async (t) => {
    await files.write('/run/sick', '');
    await sees(1, 2);
    t.equal(await answerers(plain), 'vm1,vm2');
    await files.remove('/run/sick');
    await sees();
  });

  await t.test('are started again when they die, and it is told', async (t) => {
    const audited = async (): Promise<void> => {
      const before = network.audits;
      await until(
        () => {
          // Slowly: by the same clock an audit may take no longer than a minute.
          clock.advance(200);
          return network.audits;
        },
        (count) => count >= before + 2,
      );
    };
    await audited();
    network.repairs.length = 0;
    await audited();
    t.same(network.repairs, []);
    const { runner } = network;
    const found = (await network.ip(`netns pids ${network.namespace}`)).split('\n').filter(Boolean);
    for (const id of found) {
      if ((await files.read(`/proc/${id}/cmdline`))?.startsWith('haproxy') !== true) continue;
      const kill = { program: 'kill', arguments: ['-KILL', id] } as const;
      await runner.run(kill, new AbortController().signal);
    }
    await audited();
    t.same(network.repairs, ['proxy']);
    t.match(await get(plain), /^vm/);
  });

  const rules: ApplianceDesired['rules'] = [
    {
      uuid: uuid(70),
      generation: 1,
      direction: 'in',
      action: 'deny',
      publicAddress: ADDRESS,
      protocol: 'tcp',
      cidr: '203.0.113.0/24',
      startPort: 80,
      endPort: 80,
    },
  ];

  await t.test('a filter keeps others out, and cuts who is in', async (t) => {
    const { balancers } = checked;
    const open = await ask(plain);
    await network.change(balanced(balancers, { rules }));
    t.equal(await get(plain), '');
    const before = await dropped('refused_sources');
    open.say('nobody hears this');
    await until(
      () => dropped('refused_sources'),
      (now) => now !== before,
    );
    open.end();
    await network.change(balanced(balancers));
    t.match(await get(plain), /^vm/);
  });

  await t.test('a connection is cut by the change that takes its balancer away', async (t) => {
    const open = await ask(plain);
    const before = await dropped('revoked');
    await network.change(balanced([balancer(1, 443, A)]));
    await files.write('/run/go', '');
    await until(
      () => dropped('revoked'),
      (now) => now !== before,
    );
    t.notMatch(open.heard, 'the end');
    open.end();
    t.match(await get(tls('a')), /^vm/, 'and others go on');
  });

  await t.test('nothing is left of the last one', async (t) => {
    await network.change(balanced([]));
    t.same(await processes(), []);
    t.same(await files.list(folder), []);
    t.equal(await get(plain), '');
  });
});
