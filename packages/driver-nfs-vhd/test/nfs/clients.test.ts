import { join } from 'node:path';
import { runOnRealMounts } from './rig/in-namespaces.js';

await runOnRealMounts(join(import.meta.dirname, 'clients-on-mounts.js'));
