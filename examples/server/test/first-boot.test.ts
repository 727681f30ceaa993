import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ownFolder } from './support/own-folder.js';
import { eventually, startServer } from './support/server-process.js';

const SERVER = { name: 'web1', offering: '2gb-4cpu', imageId: '1', networkId: '1' };
const USER_DATA = '#cloud-config\npackages: [nginx]\n';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEexample ada@example.com';

t.test(
  'a server with user data has it in its CD drive, on the share, and takes it along',
  async (t) => {
    const home = ownFolder(t);
    const server = await startServer(home);
    const share = join(home, 'share');
    await server.post('networks', { name: 'web', domain: 'web.local', ipv4Cidr: '192.168.0.0/24' });
    await server.post('virtualmachines', { ...SERVER, userData: USER_DATA, sshKeys: KEY });
    const running = await server.settled('virtualmachines/1');
    t.match(running, { state: 'running' });
    const drive = join(share, `${running.uuid}.vhd`);
    const content = (await readFile(drive)).toString('latin1');
    t.ok(content.includes(USER_DATA));
    t.ok(content.includes(KEY));
    t.ok(content.includes('CD001'));
    await server.remove('virtualmachines/1');
    await eventually('the config drive to go', async () =>
      (await readdir(share)).includes(`${running.uuid}.vhd`) ? undefined : 'gone',
    );
    t.notMatch(server.output() + server.errors(), /nginx|AAAAC3/);
  },
);
