// `npm start`: sets up what is missing, then runs the example server in this very process, so that signals reach it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, checkNode, install, root } from './workspace.mjs';

checkNode();
install();
build('examples/server');
await import(pathToFileURL(join(root, 'examples/server/dist/main.js')).href);
