import {
  CLOCK,
  CLOSEABLE,
  type Cloud,
  type CloudOptions,
  COMPUTE,
  createCloud,
  type DependencyContainer,
  EVENT_BUS,
  HOOK,
  type InjectionToken,
  LOCK_SERVICE,
  LOGGER,
  MESSAGE_BUS,
  METER,
  NETWORK,
  PASSWORD_HASHER,
  type PasswordHasher,
  type Plugin,
  RANDOM,
  STORAGE,
  STORE,
  systemClock,
  TRACER,
} from '@gdcloud/core';
import { describeDrivers, serveDrivers } from '@gdcloud/core/driver-host';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers, quickHasher } from '@gdcloud/core/testing';
import t from 'tap';
import * as tokens from '../dist/ports/tokens.js';

const pepper = new Uint8Array(16);
const { plugin: outside } = memoryDrivers();
const store = sqlite({ file: ':memory:' });

function made(plugins: readonly Plugin[], options: Partial<CloudOptions> = {}): Cloud {
  return createCloud({ pepper, plugins: [store, outside, ...plugins], ...options });
}

const OWN: Readonly<Record<string, InjectionToken<unknown>>> = {
  CLOCK,
  RANDOM,
  PASSWORD_HASHER,
  LOGGER,
};

const PORTS: Readonly<Record<string, InjectionToken<unknown>>> = {
  STORE,
  EVENT_BUS,
  LOCK_SERVICE,
  MESSAGE_BUS,
  COMPUTE,
  STORAGE,
  NETWORK,
  TRACER,
  METER,
};

// What would stand there is never asked.
const registering =
  (token: InjectionToken<unknown>): Plugin =>
  (container) => {
    container.register(token, { useFactory: () => undefined });
  };

t.test('two plug-ins that fill one port are refused, and named by their places', async (t) => {
  for (const [name, token] of Object.entries(PORTS)) {
    t.throws(
      () => createCloud({ pepper, plugins: [() => {}, registering(token), registering(token)] }),
      {
        name: 'TypeError',
        message: `${name} is registered by plug-in 2 and by plug-in 3: leave one out, or say replaceable: [${name}], and the last one wins`,
      },
    );
  }
  const audited: Plugin = (container) => registering(STORE)(container);
  t.throws(() => made([audited]), /STORE is registered by plug-in 1 and by plug-in 3 \(audited\)/);
});

t.test('neither may one plug-in, nor one that is given twice', async (t) => {
  const twice: Plugin = (container) => {
    registering(TRACER)(container);
    registering(TRACER)(container);
  };
  t.throws(() => made([twice]), /TRACER is registered twice by plug-in 3 \(twice\)/);
  t.throws(() => made([store]), /STORE is registered by plug-in 1 and by plug-in 3/);
});

t.test('no way of registering goes past it, and no chain of calls', async (t) => {
  const ways: readonly Plugin[] = [
    (container) => void container.registerInstance(PASSWORD_HASHER, quickHasher()),
    (container) => void container.registerType(PASSWORD_HASHER, Symbol('Hasher')),
    (container) => void container.registerSingleton(PASSWORD_HASHER, Symbol('Hasher')),
    (container) =>
      void container
        .register(Symbol('Mine'), { useValue: 1 })
        .register(PASSWORD_HASHER, { useValue: quickHasher() }),
  ];
  for (const way of ways) t.throws(() => made([way]), /replaces PASSWORD_HASHER/);
  for (const clear of ['reset', 'clearInstances', 'dispose'] as const) {
    t.throws(() => made([(container) => void container[clear]()]), {
      name: 'TypeError',
      message: `plug-in 3 calls ${clear}: plug-ins register, and take nothing away`,
    });
  }
});

t.test('what sign-ins and the log rest on is replaced only where that is allowed', async (t) => {
  for (const [name, token] of Object.entries(OWN)) {
    t.throws(() => made([registering(token)]), {
      name: 'TypeError',
      message: `plug-in 3 replaces ${name}, which sign-ins and the log rest on: leave it out, or say replaceable: [${name}]`,
    });
  }
  const hashers: PasswordHasher[] = [];
  const hasher = quickHasher();
  const cloud = made(
    [
      (container) => void container.register(PASSWORD_HASHER, { useValue: hasher }),
      (container) => void hashers.push(container.resolve(PASSWORD_HASHER)),
    ],
    { replaceable: [PASSWORD_HASHER] },
  );
  t.same(hashers, [hasher]);
  await cloud.stop();
});

t.test('a plug-in that wraps what another registered does so where it is allowed', async (t) => {
  const asked: string[] = [];
  const audited: Plugin = (container) => {
    const inner = container.resolve(STORE);
    const migrate = (): Promise<void> => {
      asked.push('migrate');
      return inner.migrate();
    };
    container.register(STORE, { useValue: { ...inner, migrate } });
  };
  const plugins = [sqlite({ file: ':memory:' }), memoryDrivers().plugin, audited];
  const cloud = createCloud({ pepper, plugins, replaceable: [STORE], roles: ['api'] });
  await cloud.start();
  t.same(asked, ['migrate']);
  await cloud.stop();
  t.throws(
    () => createCloud({ pepper, plugins, replaceable: [COMPUTE] }),
    /STORE is registered by plug-in 1 and by plug-in 3/,
    'another port being replaceable allows nothing',
  );
});

t.test('only ports that there is one of can be named as replaceable', async (t) => {
  t.throws(() => made([], { replaceable: [HOOK] }), {
    name: 'TypeError',
    message: 'replaceable: @gdcloud/core/Hook is no port that there is one of',
  });
});

t.test('each token is one of a port or one of what there may be several of', async (t) => {
  const several = [
    'ANSWERER',
    'CLOSEABLE',
    'HEALTH_CHECK',
    'HOOK',
    'RECONCILER',
    'RESOURCE_TYPE',
    'ROUTINE_TASK',
    'SWEPT_DRIVER',
  ];
  const known = [...Object.keys(OWN), ...Object.keys(PORTS), ...several];
  t.same(Object.keys(tokens).toSorted(), known.toSorted(), 'a new one is decided on');
});

t.test('what there may be several of, and what is a plug-in’s own, stays open', async (t) => {
  const closed: string[] = [];
  const holding =
    (name: string): Plugin =>
    (container) => {
      const close = (): Promise<void> => {
        closed.push(name);
        return Promise.resolve();
      };
      container.register(CLOSEABLE, { useValue: { close } });
      container.register('mine', { useValue: name });
    };
  const plugins = [
    sqlite({ file: ':memory:' }),
    memoryDrivers().plugin,
    holding('a'),
    holding('b'),
  ];
  const cloud = createCloud({ pepper, plugins, roles: ['api'] });
  await cloud.start();
  await cloud.stop();
  t.same(closed, ['b', 'a']);
});

t.test(
  'a plug-in that kept the container can look in it later, and register nothing',
  async (t) => {
    const kept: DependencyContainer[] = [];
    const keeping: Plugin = (container) => {
      kept.push(container);
      container.register('late', {
        useFactory: (c) => c.register(HOOK, { useFactory: () => undefined }),
      });
    };
    const cloud = made([keeping]);
    t.teardown(() => cloud.stop());
    const [container] = kept;
    if (container === undefined) throw new Error('the plug-in was not called');
    t.equal(container.resolve(CLOCK), systemClock);
    const tokens: readonly InjectionToken<unknown>[] = [STORE, PASSWORD_HASHER, HOOK, 'mine'];
    for (const token of tokens) {
      t.throws(() => container.register(token, { useValue: undefined }), {
        name: 'TypeError',
        message:
          'plug-in 3 (keeping) calls register after everything was put together: plug-ins register when they are called, and never later',
      });
    }
    t.throws(() => container.resolve('late'), /after everything was put together/, 'by a factory');
    for (const listen of ['beforeResolution', 'afterResolution'] as const) {
      t.throws(() => container[listen](STORE, () => {}), /after everything was put together/);
    }
    t.throws(() => container.reset(), /take nothing away/);
  },
);

t.test('a driver host is put together by the same rules', async (t) => {
  const keys = [new Uint8Array(32)];
  const bus = registering(MESSAGE_BUS);
  const host = (...plugins: readonly Plugin[]) => serveDrivers({ name: 'rack-1', keys, plugins });
  t.throws(
    () => host(outside, bus, bus),
    /MESSAGE_BUS is registered by plug-in 2 and by plug-in 3/,
  );
  t.throws(() => host(outside, bus, registering(CLOCK)), /plug-in 3 replaces CLOCK/);
  const other = memoryDrivers().plugin;
  t.throws(
    () => describeDrivers([outside, other]),
    /COMPUTE is registered by plug-in 1 \(plugin\) and by plug-in 2/,
  );
  t.ok(describeDrivers([outside, other], { replaceable: [COMPUTE, STORAGE, NETWORK] }).compute);
});
