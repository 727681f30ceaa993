import { join } from 'node:path';
import { runOnRealMounts } from './rig/in-namespaces.js';

await runOnRealMounts(join(import.meta.dirname, 'failures-on-mounts.js'));
