// `npm run lint`: format, syntax, types of promises, and the arrows between the rooms of the house.
import { build, checkNode, install, run } from './workspace.mjs';

checkNode();
install();
// Packages find each other by what is built of them.
build();
run('npx', ['biome', 'ci', '--colors=off', '.']);
run('npx', [
  'oxlint',
  '--type-aware',
  '--deny-warnings',
  'packages',
  'examples',
  'services',
  'bench',
]);
run('npx', [
  'depcruise',
  '--config',
  '.dependency-cruiser.cjs',
  'packages',
  'examples',
  'services/src',
  'bench/src',
]);
