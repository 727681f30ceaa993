import type { Plugin } from '@gdcloud/core';
import { type MemoryObjects, memoryDrivers } from '@gdcloud/core/testing';

/**
 * Drivers that keep everything in memory, for several processes: an object that another one has made and recorded is
 * taken as made. It is as it was when it was new, so that whoever takes over has no less to do.
 */
export function sharedMemoryDrivers(): Plugin {
  const drivers = memoryDrivers({ hosts: 2, hostMemoryMb: 1024 * 1024 * 1024 });
  recallRecorded(drivers.servers);
  recallRecorded(drivers.segments);
  recallRecorded(drivers.disks);
  recallRecorded(drivers.images);
  recallRecorded(drivers.volumes);
  recallRecorded(drivers.appliances);
  return drivers.plugin;
}

function recallRecorded<Desired, Actual>(objects: MemoryObjects<Desired, Actual>): void {
  const observe = objects.observe.bind(objects);
  objects.observe = (key, desired, call) => {
    if (key.external !== undefined && desired !== undefined && !objects.objects.has(key.uuid))
      objects.plant(key, desired);
    return observe(key, desired, call);
  };
}
