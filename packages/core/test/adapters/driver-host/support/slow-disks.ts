import { COMPUTE, type ComputeDriver, type DriverCall, type Plugin } from '@gdcloud/core';
import { type Deferred, deferred } from '../../../support/turns.js';

type Disks = ComputeDriver['disks'];

/** Puts a driver of disks in the way of the one that is there, whose creates wait until they are let go. */
export class SlowDisks {
  /** The calls that wait, in the order they came. */
  readonly waiting: (Deferred<void> & { readonly call: DriverCall })[] = [];
  /** Whether a create ends when its signal aborts. */
  manners: 'heeds its signal' | 'hangs' = 'heeds its signal';

  readonly plugin: Plugin = (container) => {
    const compute = container.resolve(COMPUTE);
    const create: Disks['create'] = async (key, desired, call) => {
      const gate = { ...deferred<void>(), call };
      this.waiting.push(gate);
      if (this.manners === 'heeds its signal') {
        call.signal.addEventListener('abort', () => gate.reject(call.signal.reason));
      }
      await gate.promise;
      return compute.disks.create(key, desired, call);
    };
    const disks = new Proxy(compute.disks, {
      get: (target, name) => {
        if (name === 'create') return create;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    container.register(COMPUTE, { useValue: { ...compute, disks } });
  };
}
