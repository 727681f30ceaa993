// What the packages let others import, as modules that TypeDoc reads.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from '../workspace.mjs';

/** Of core's four hundred names each floor has a page of its own; elsewhere a door is a page. */
const HIGH_HOUSE = '@gdcloud/core';
const FLOORS = {
  model: 'resource types as data: fields, links, actions, conditions, errors',
  ports: 'what a cloud stands on, and what is plugged in: drivers, store, hooks, reconcilers',
  kernel: 'the front desk, plans, explanations, the change feed',
  cloud: "the cloud's own resource types",
  adapters: 'what comes with core and needs nothing else',
};

/**
 * All doors: `slug` names the page, `module` is what is imported, `file` declares what is behind it. Those of a floor
 * are written into `folder`.
 */
export function doorsOf(folder) {
  return readdirSync(join(root, 'packages')).flatMap((name) => {
    const home = join(root, 'packages', name);
    const described = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    return Object.entries(described.exports)
      .filter(([, { types }]) => types !== undefined)
      .flatMap(([door, { types }]) => {
        const module = `${described.name}${door.slice(1)}`;
        const slug = `${name}${door.slice(1)}`.replaceAll('/', '-');
        const file = join(home, types);
        return module === HIGH_HOUSE
          ? floorsOf({ module, slug, file }, folder)
          : [{ module, slug, title: module, file }];
      });
  });
}

function floorsOf({ module, slug, file }, folder) {
  const statements = [
    ...readFileSync(file, 'utf8').matchAll(/export [^;]*? from '\.\/([^/';]+)[^']*';/g),
  ];
  const byFloor = groupedBy(statements, ([, floor]) => (floor in FLOORS ? floor : 'cloud itself'));
  return ['cloud itself', ...Object.keys(FLOORS)].map((floor) => {
    const text = (byFloor.get(floor) ?? []).map(([statement]) => statement).join('\n');
    const home = relative(folder, dirname(file));
    const itself = floor === 'cloud itself';
    const own = { slug: itself ? slug : `${slug}-${floor}`, file: join(folder, `${floor}.d.ts`) };
    writeFileSync(own.file, text.replaceAll("from './", `from '${home}/`));
    const about = itself ? 'a cloud is put together' : FLOORS[floor];
    return { ...own, module, title: itself ? module : `${module}: ${floor}`, about };
  });
}

// Node 20 has no Map.groupBy.
function groupedBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
