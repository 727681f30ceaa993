import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A folder that the server gives away, on a file system of its own. */
export interface Export {
  readonly name: string;
  readonly bytes: number;
  /** Whether the clients' root is the server's, or nobody. */
  readonly squash: 'None' | 'Root';
}

/** nfs-ganesha, which serves NFSv3 and NFSv4 at port 2049 of this network namespace. */
export class NfsServer {
  readonly #folder: string;
  readonly #exports: readonly Export[];
  #process: ChildProcess | undefined;

  constructor(folder: string, exports: readonly Export[]) {
    this.#folder = folder;
    this.#exports = exports;
    mkdirSync(`${folder}/recovery`);
    for (const { name, bytes } of exports) {
      mkdirSync(this.pathOf(name), { recursive: true });
      // On memory: what the tests stop is processes, and the sanity of a disk is another test's matter.
      const options = `size=${bytes},mode=755`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.pathOf(name)]);
    }
    writeFileSync(`${folder}/ganesha.conf`, this.#configuration());
  }

  /** Where an export lies on the server. */
  pathOf(name: string): string {
    return `${this.#folder}/exports/${name}`;
  }

  /** What a client mounts. */
  sourceOf(name: string, version: 'v3' | 'v4.1'): string {
    return `10.0.2.2:${version === 'v3' ? this.pathOf(name) : `/${name}`}`;
  }

  async start(): Promise<void> {
    const words = ['-F', '-f', `${this.#folder}/ganesha.conf`, '-L', this.#log, '-N', 'EVENT'];
    const output = openSync(`${this.#folder}/ganesha.out`, 'a');
    this.#process = spawn('ganesha.nfsd', [...words, '-p', `${this.#folder}/ganesha.pid`], {
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    for (let tries = 0; tries < 400; tries += 1) {
      if (await listens(2049)) return;
      await sleep(25);
    }
    throw new Error(`ganesha does not listen: ${readFileSync(this.#log, 'utf8').slice(-2000)}`);
  }

  /** The server crashes. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process?.once('exit', resolve));
    this.#process?.kill('SIGKILL');
    await ended;
  }

  get #log(): string {
    return `${this.#folder}/ganesha.log`;
  }

  // NLM would need a lock daemon in the guest; the driver locks nothing. No Bind_addr: with only `lo` it is refused.
  #configuration(): string {
    return `
NFS_CORE_PARAM { NFS_Port = 2049; MNT_Port = 20048; Protocols = 3,4;
                 Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false; }
NFS_KRB5 { Active_krb5 = false; }
NFSV4 { Graceless = true; Lease_Lifetime = 60; Minor_Versions = 0,1,2; RecoveryBackend = fs;
        RecoveryRoot = "${this.#folder}/recovery"; Only_Numeric_Owners = true; }
EXPORT_DEFAULTS { Access_Type = RW; SecType = sys; Protocols = 3,4; Transports = TCP; }
${this.#exports
  .map(
    ({ name, squash }, index) =>
      `EXPORT { Export_Id = ${index + 1}; Path = ${this.pathOf(name)}; Pseudo = /${name};
         Access_Type = RW; Squash = ${squash}; SecType = sys; Protocols = 3,4; FSAL { Name = VFS; } }`,
  )
  .join('\n')}
LOG { Default_Log_Level = EVENT; }
`;
  }
}

/** What this network namespace needs before a server may serve NFSv3 in it. */
export async function prepareNamespace(): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', 'run', '/run']);
  for (const folder of ['/run/rpcbind', '/run/ganesha']) mkdirSync(folder);
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  spawn('rpcbind', ['-f'], { stdio: 'ignore' }).unref();
  for (let tries = 0; tries < 200 && !(await listens(111)); tries += 1) await sleep(25);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
