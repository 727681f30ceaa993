// `npm run lint`: format, syntax, types of promises, and the arrows between the rooms of the house.
import { checkNode, install, run } from './workspace.mjs';

checkNode();
install();
run('npx', ['biome', 'ci', '--colors=off', '.']);
run('npx', ['oxlint', '--type-aware', '--deny-warnings', 'packages', 'examples', 'bench']);
run('npx', [
  'depcruise',
  '--config',
  '.dependency-cruiser.cjs',
  'packages',
  'examples',
  'bench/src',
]);
