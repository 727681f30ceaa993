// npm run services [-- names]: private PostgreSQL, MariaDB, Redis and ZooKeeper servers until this command ends.
import { build, checkNode, install } from './workspace.mjs';

const HELP = `Usage: npm run services [-- NAME... [--json]]

Starts private servers on free ports of 127.0.0.1, with their files in temporary folders, and prints where they are.
All of it is gone when this command ends. Names: postgres, mariadb, redis, zookeeper; without any, all but mariadb.
`;

const given = process.argv.slice(2);
if (given.includes('--help')) {
  process.stdout.write(HELP);
} else {
  checkNode();
  install();
  build('services');
  await run(
    given.filter((word) => word !== '--json'),
    given.includes('--json'),
  );
}

async function run(names, json) {
  const { missingService, startMariadb, startPostgres, startRedis, startZookeeper } = await import(
    '@gdcloud/services'
  );
  const start = {
    postgres: ['DATABASE_URL', startPostgres],
    mariadb: ['DATABASE_URL', startMariadb],
    redis: ['REDIS_URL', startRedis],
    zookeeper: ['ZOOKEEPER_CONNECT', startZookeeper],
  };
  const wanted = names.length === 0 ? ['postgres', 'redis', 'zookeeper'] : names;
  const unknown = wanted.find((name) => !Object.hasOwn(start, name));
  if (unknown !== undefined) fail(`there is no service ${unknown}\n${HELP}`);
  const missing = missingService(...wanted);
  if (missing !== undefined) fail(`not on this machine: ${missing}\n`);
  const running = await Promise.all(wanted.map((name) => start[name][1]()));
  const settings = wanted.map((name, index) => [start[name][0], running[index].url]);
  process.stdout.write(
    json
      ? `${JSON.stringify(Object.fromEntries(settings))}\n`
      : settings.map(([name, url]) => `export ${name}=${url}\n`).join(''),
  );
  const end = async () => {
    await Promise.all(running.map((service) => service.close()));
    process.exit(0);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

function fail(text) {
  process.stderr.write(text);
  process.exit(2);
}
