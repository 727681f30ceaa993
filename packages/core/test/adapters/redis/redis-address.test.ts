import t from 'tap';
import { parseRedisUrl } from '../../../dist/adapters/redis/redis-address.js';

const bare = { username: undefined, password: undefined, transport: 'plain' } as const;

const readable = {
  'redis://localhost': {
    ...bare,
    kind: 'server',
    hosts: [{ host: 'localhost', port: 6379 }],
    name: 'redis://localhost:6379',
  },
  'redis://[::1]:7000/3': {
    ...bare,
    kind: 'server',
    hosts: [{ host: '::1', port: 7000 }],
    name: 'redis://[::1]:7000',
  },
  'rediss://app:p%40ss%2F%3A@r.example:6380': {
    kind: 'server',
    transport: 'tls',
    hosts: [{ host: 'r.example', port: 6380 }],
    username: 'app',
    password: 'p@ss/:',
    name: 'rediss://r.example:6380',
  },
  'redis://:secret@h': {
    ...bare,
    kind: 'server',
    password: 'secret',
    hosts: [{ host: 'h', port: 6379 }],
    name: 'redis://h:6379',
  },
  'redis+sentinel://:secret@a,b:5000/main': {
    ...bare,
    kind: 'sentinel',
    password: 'secret',
    master: 'main',
    hosts: [
      { host: 'a', port: 26379 },
      { host: 'b', port: 5000 },
    ],
    name: 'redis+sentinel://a:26379,b:5000/main',
  },
  'rediss+cluster://a:1,b:2': {
    ...bare,
    transport: 'tls',
    kind: 'cluster',
    hosts: [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ],
    name: 'rediss+cluster://a:1,b:2',
  },
} as const;
for (const [url, address] of Object.entries(readable))
  t.test(`${url} is read`, async (t) => {
    t.same(parseRedisUrl(url), address);
  });

for (const url of [
  '',
  'localhost',
  'http://:hunter2@localhost',
  'redis://',
  'redis://:hunter2@',
  'redis://:hunter2@h:0',
  'redis://:hunter2@h:70000',
  'redis://:hunter2@h:x',
  'redis://:hunter2@a,b',
  'redis://:hunter2@h/name',
  'redis://:hunter2%zz@h',
  'redis://:hunter2@h?tls=1',
  'redis+sentinel://:hunter2@h',
  'redis+cluster://:hunter2@h/name',
  'redis+ring://:hunter2@h',
])
  t.test(`${url || 'nothing'} is refused, and its password not repeated`, async (t) => {
    t.throws(() => parseRedisUrl(url), TypeError);
    try {
      parseRedisUrl(url);
    } catch (thrown) {
      t.notMatch(String(thrown), 'hunter2');
    }
  });
