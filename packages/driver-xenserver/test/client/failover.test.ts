import { ManualClock } from '@gdcloud/core/testing';
import {
  type Connect,
  createXenserverDriver,
  TransportError,
  type Wire,
} from '@gdcloud/driver-xenserver';
import t from 'tap';
import { call } from '../cloud.js';

type Parameters = readonly unknown[];
/** What a host says: a result, an error code with parameters, or nothing because it is down. */
type Says = { readonly result: unknown } | { readonly error: readonly string[] } | 'down' | 'hangs';
type Host = (method: string, parameters: Parameters) => Says;

/** A pool whose hosts are functions, reached by their origins; all else is nobody. */
class Pool {
  readonly hosts = new Map<string, Host>();
  /** `origin method`, in order. */
  readonly heard: string[] = [];
  readonly closed: string[] = [];
  readonly connect: Connect = (url) => this.#wire(new URL(url).origin);
  readonly #clock: ManualClock;

  constructor(clock: ManualClock = new ManualClock()) {
    this.#clock = clock;
  }

  #wire(origin: string): Wire {
    return {
      origin,
      post: async (body, { effect, timeoutMs }) => {
        const { id, method, params } = JSON.parse(body) as {
          readonly id: number;
          readonly method: string;
          readonly params: Parameters;
        };
        this.heard.push(`${origin} ${method}`);
        const says = this.hosts.get(origin)?.(method, params) ?? 'down';
        if (says === 'down') throw new TransportError('unsent', effect, `nobody at ${origin}`);
        if (says === 'hangs') {
          await this.#clock.wait(timeoutMs);
          throw new TransportError('lost', effect, `silence from ${origin}`);
        }
        if ('result' in says) return JSON.stringify({ jsonrpc: '2.0', id, result: says.result });
        const [message, ...data] = says.error;
        return JSON.stringify({ jsonrpc: '2.0', id, error: { code: 1, message, data } });
      },
      close: async () => {
        this.closed.push(origin);
      },
    };
  }

  logins(): readonly string[] {
    return this.heard.filter((line) => line.endsWith('session.login_with_password'));
  }
}

function master(pool: string, addresses: readonly string[] = []): Host {
  return (method) => {
    switch (method) {
      case 'session.login_with_password':
        return { result: 'OpaqueRef:session' };
      case 'pool.get_all_records':
        return { result: { 'OpaqueRef:pool': { uuid: pool } } };
      case 'host.get_all_records': {
        const hosts = addresses.map((address, nth) => [
          `OpaqueRef:${nth}`,
          { uuid: address, name_label: address, address },
        ]);
        return { result: Object.fromEntries(hosts) };
      }
      default:
        return { result: {} };
    }
  };
}

const slaveOf =
  (address: string): Host =>
  () => ({ error: ['HOST_IS_SLAVE', address] });
const A = 'https://192.0.2.1';
const B = 'https://192.0.2.2';
const C = 'https://192.0.2.3';
const ALL = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];

function driverOn(pool: Pool, url: string | readonly string[], clock = new ManualClock()) {
  return createXenserverDriver(
    { url, username: 'root', password: 'secret', deployment: 'blue' },
    { clock, connect: pool.connect },
  );
}

async function namesOf(driver: ReturnType<typeof driverOn>): Promise<readonly string[]> {
  return (await driver.hosts(call())).map(({ name }) => name);
}

t.test('any of several URLs leads to the pool', async (t) => {
  const pool = new Pool();
  pool.hosts.set(B, master('p', ['192.0.2.2']));
  t.same(await namesOf(driverOn(pool, [A, B])), ['192.0.2.2']);
});

t.test('a member names its master, by an address of IPv6 too', async (t) => {
  const pool = new Pool();
  pool.hosts.set(A, slaveOf('2001:db8::7'));
  pool.hosts.set('https://[2001:db8::7]', master('p', ALL));
  t.same(await namesOf(driverOn(pool, A)), ALL);
  t.same(pool.logins(), [
    `${A} session.login_with_password`,
    'https://[2001:db8::7] session.login_with_password',
  ]);
});

t.test('members that name each other end a search', async (t) => {
  const pool = new Pool();
  pool.hosts.set(A, slaveOf('192.0.2.2'));
  pool.hosts.set(B, slaveOf('192.0.2.1'));
  await t.rejects(driverOn(pool, A).hosts(call()), {
    outcome: 'unavailable',
    code: 'HOST_IS_SLAVE',
  });
  t.equal(pool.logins().length, 2);
});

t.test('a dead master is replaced by whom the other members name, within one call', async (t) => {
  const pool = new Pool();
  pool.hosts.set(A, master('p', ALL));
  const driver = driverOn(pool, A);
  t.same(await namesOf(driver), ALL);
  pool.hosts.delete(A);
  pool.hosts.set(B, slaveOf('192.0.2.3'));
  pool.hosts.set(C, master('p', ALL));
  t.same(await namesOf(driver), ALL);
  const before = pool.heard.length;
  t.same(await namesOf(driver), ALL);
  t.ok(
    pool.heard.slice(before).every((line) => line.startsWith(C)),
    'and it stays there',
  );
});

t.test('a host that was ejected is not asked while the pool answers', async (t) => {
  const pool = new Pool();
  pool.hosts.set(A, master('p', ALL));
  const driver = driverOn(pool, A);
  await namesOf(driver);
  // A and C leave; B tells of itself only.
  pool.hosts.set(A, slaveOf('192.0.2.2'));
  pool.hosts.set(B, master('p', ['192.0.2.2']));
  await namesOf(driver);
  pool.hosts.set(B, () => 'down');
  pool.hosts.set(A, () => 'down');
  pool.hosts.set(C, master('other', ['192.0.2.3']));
  const before = pool.heard.length;
  await t.rejects(driver.hosts(call()), { code: 'PoolUnreachable' });
  t.notOk(
    pool.heard.slice(before).some((line) => line.startsWith(C)),
    'what the pool knows no more is forgotten',
  );
});

t.test('another pool at a known address is refused by name, and left again', async (t) => {
  const pool = new Pool();
  const [p, q] = ['018f0000-0000-4000-8000-000000000001', '018f0000-0000-4000-8000-000000000002'];
  pool.hosts.set(A, master(p, ['192.0.2.1']));
  const driver = driverOn(pool, A);
  await namesOf(driver);
  let asked = 0;
  pool.hosts.set(A, (method, parameters) => {
    asked += 1;
    return asked === 1 ? { error: ['SESSION_INVALID', 'x'] } : master(q)(method, parameters);
  });
  await t.rejects(driver.hosts(call()), {
    outcome: 'unavailable',
    code: 'PoolDiffers',
    message:
      /pool 018f0000-0000-4000-8000-000000000002, not to 018f0000-0000-4000-8000-000000000001/,
  });
  t.equal(pool.heard.at(-1), `${A} session.logout`);
});

t.test('a wrong password is tried once, on one host, and not again for a while', async (t) => {
  const pool = new Pool();
  const clock = new ManualClock();
  for (const origin of [A, B]) {
    pool.hosts.set(origin, () => ({ error: ['SESSION_AUTHENTICATION_FAILED', 'root', 'no'] }));
  }
  const driver = driverOn(pool, [A, B], clock);
  for (let tries = 0; tries < 5; tries += 1) {
    await t.rejects(driver.hosts(call()), { code: 'SESSION_AUTHENTICATION_FAILED' });
  }
  t.equal(pool.logins().length, 1);
  clock.advance(10_000);
  await t.rejects(driver.hosts(call()), { code: 'SESSION_AUTHENTICATION_FAILED' });
  t.equal(pool.logins().length, 2);
});

t.test('a host that fell silent is left for another one', async (t) => {
  const clock = new ManualClock();
  const pool = new Pool(clock);
  pool.hosts.set(A, master('p', ['192.0.2.1', '192.0.2.2']));
  const driver = driverOn(pool, A, clock);
  await namesOf(driver);
  pool.hosts.set(A, () => 'hangs');
  pool.hosts.set(B, master('p', ['192.0.2.2']));
  await t.rejects(clock.until(driver.hosts(call())), { code: 'PoolUnreachable' });
  t.same(await clock.until(namesOf(driver)), ['192.0.2.2']);
});

t.test('sessions are made in the name of the deployment', async (t) => {
  const pool = new Pool();
  const originators: unknown[] = [];
  pool.hosts.set(A, (method, parameters) => {
    if (method === 'session.login_with_password') originators.push(parameters[3]);
    return master('p')(method, parameters);
  });
  await namesOf(driverOn(pool, A));
  t.same(originators, ['gdcloud/blue']);
});

t.test('closing the driver ends its session, whether the pool takes part or not', async (t) => {
  const pool = new Pool();
  pool.hosts.set(A, master('p'));
  const driver = driverOn(pool, A);
  await namesOf(driver);
  await driver.close();
  t.equal(pool.heard.at(-1), `${A} session.logout`);
  t.same(pool.closed, [A]);
  await t.rejects(driver.hosts(call()), { outcome: 'unavailable', code: 'PoolUnreachable' });
  const idle = driverOn(pool, A);
  await idle.close();
  await idle.close();
  t.equal(pool.heard.at(-1), `${A} session.logout`, 'without a session there is nothing to do');
  const lonely = driverOn(pool, A);
  await namesOf(lonely);
  pool.hosts.delete(A);
  await lonely.close();
  t.equal(pool.closed.length, 2);
});

t.test('what is no URL is refused at once', async (t) => {
  for (const url of ['', 'pool.example.com', 'ftp://pool', []]) {
    t.throws(() => driverOn(new Pool(), url), TypeError, JSON.stringify(url));
  }
});
