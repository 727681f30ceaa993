// Usage: node guest-agent.js <port>      The first process in the guest: starts and kills others, and runs commands.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { serveHost } from './wire.js';

const port = Number(process.argv[2]);
const workers = new Map<string, ChildProcess>();

serveHost(port, 'agent', {
  async start(kind: string, name: string) {
    const script = join(import.meta.dirname, `guest-${kind}.js`);
    workers.set(name, spawn(process.execPath, [script, `${port}`, name], { stdio: 'inherit' }));
  },
  async kill(name: string) {
    workers.get(name)?.kill('SIGKILL');
  },
  run: (program: string, words: readonly string[]) =>
    new Promise<string>((resolve, reject) => {
      execFile(program, words, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${program} ${words.join(' ')}: ${stderr}${error.message}`));
      });
    }),
});
