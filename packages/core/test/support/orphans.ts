import { type Plugin, type Resource, SWEPT_DRIVER } from '@gdcloud/core';
import type { TestCloud } from './cloud.js';
import { bareDriver } from './over-driver.js';
import { type Widgets, widgets } from './widgets.js';

/** The orphans that are known, oldest first. */
export async function orphans(world: TestCloud): Promise<readonly Resource[]> {
  return world.store.all(world.type('orphan'), 100);
}

/** Widgets whose driver is swept, as a third party's is. */
export function sweptWidgets(
  options: Parameters<typeof widgets>[0] & { readonly quarantine?: 'possible' | 'impossible' } = {},
): Widgets {
  const made = widgets(options);
  const plugin: Plugin = (container) => {
    made.plugin(container);
    const driver = options.quarantine === 'impossible' ? bareDriver(made.objects) : made.objects;
    container.register(SWEPT_DRIVER, { useValue: driver });
  };
  return { ...made, plugin };
}

/** Lets time go by as for a process that slept: what became due meanwhile happens once, now. */
export async function sleep(world: TestCloud, ms: number): Promise<void> {
  world.clock.jump(world.clock.now() + ms);
  await world.pass(1_000);
}
