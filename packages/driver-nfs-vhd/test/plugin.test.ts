import { type DependencyContainer, STORAGE } from '@gdcloud/core';
import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
import { test } from 'tap';

test('the plug-in registers a storage driver under STORAGE and touches nothing', async (t) => {
  const registered = new Map<unknown, unknown>();
  const register = (token: unknown, provider: unknown): unknown => registered.set(token, provider);
  // The only method a plug-in may use.
  nfsVhd({ folder: '/nowhere/at/all', name: 'main' })({
    register,
  } as unknown as DependencyContainer);
  t.match(registered.get(STORAGE), { useValue: { name: 'main' } });
});
