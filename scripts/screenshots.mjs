// `npm run screenshots`: walks the pages in Chromium as the tests do, and keeps pictures of them for the documents.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runFiles } from './test-files.mjs';
import { prepareServices } from './test-services.mjs';
import { build, checkNode, compiledTests, install, root } from './workspace.mjs';

const FOLDER = 'docs/screenshots';

checkNode();
install();
prepareServices();
build();
rmSync(join(root, FOLDER), { recursive: true, force: true });
process.env.GDCLOUD_SCREENSHOTS = FOLDER;
const walks = compiledTests().filter((file) => file.includes('/dist-test/browser/'));
process.exit(await runFiles(walks, { jobs: 1 }));
