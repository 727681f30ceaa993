// `npm start`: sets up what is missing, then runs the example server in this very process, so that signals reach it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, checkNode, install, root } from './workspace.mjs';

// npm hands signals on, but not its own death by kill -9: without this an orphan would keep the port. `exec` in the npm
// script makes npm the parent.
if (process.env.npm_lifecycle_event === 'start') {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, 100).unref();
}

checkNode();
install();
build('examples/server');
await import(pathToFileURL(join(root, 'examples/server/dist/main.js')).href);
