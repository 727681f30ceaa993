// npm run bench [-- <bench> [options]]: builds what the benchmark needs and runs it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, checkNode, install, root } from './workspace.mjs';

const BENCHES = {
  provisioning: 'starts servers and compares with a floor prototype (default)',
  profile: 'lists the functions that take most time while servers start',
  cluster: 'starts servers with many processes on PostgreSQL, Redis and ZooKeeper',
  xenserver:
    'compares the XenServer driver with the bare calls it needs, and measures the simulator',
  vhd: 'compares the VHD codec with qemu-img and dd',
  vlan: 'compares the network driver with bare nft and ip',
  http: 'compares the HTTP API with bare node:http, Fastify and bare commits',
  sim: 'shows that work survives crashes and is shared fairly',
};

const given = process.argv.slice(2);
const named = given[0] !== undefined && !given[0].startsWith('-');
const name = named ? given[0] : 'provisioning';
const rest = named ? given.slice(1) : given;

const list = Object.entries(BENCHES)
  .map(([bench, what]) => `  ${bench.padEnd(14)}${what}\n`)
  .join('');

if (name === 'list') {
  process.stdout.write(`npm run bench -- <bench> [--help]\n\n${list}`);
} else if (!Object.hasOwn(BENCHES, name)) {
  process.stderr.write(`there is no benchmark ${name}; there are:\n${list}`);
  process.exitCode = 2;
} else {
  checkNode();
  install();
  // The simulator's figures are read from tests, which are built with everything else.
  build(...(name === 'sim' ? [] : ['bench']));
  process.exitCode = run(join(root, 'bench/dist', `${name}.js`), rest, 'inherit');
}

function run(file, parameters, stdio) {
  const { status } = spawnSync(process.execPath, [file, ...parameters], { cwd: root, stdio });
  return status ?? 1;
}
