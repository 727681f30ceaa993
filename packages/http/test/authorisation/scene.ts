import type { Test } from 'tap';
import { type Furniture, furnish, furnishHouse } from '../furnished.js';
import { startTenants, type Tenants, type TenantsOptions } from '../tenants.js';
import { Asking, type Role, rolesOf } from './asking.js';

/** A cloud in which nothing moves by itself, and in which everybody has one of everything. */
export interface Scene {
  readonly tenants: Tenants;
  readonly asking: Asking;
  readonly roles: readonly Role[];
  readonly house: Furniture;
  readonly ada: Furniture;
  readonly eve: Furniture;
}

/** Sets a scene for one test. */
export async function scene(t: Test, options: Pick<TenantsOptions, 'limits'> = {}): Promise<Scene> {
  const tenants = await startTenants(t, { roles: ['api'], ...options });
  const house = await furnishHouse(tenants);
  const ada = await furnish(tenants, tenants.ada);
  const eve = await furnish(tenants, tenants.eve);
  const roles = await rolesOf(tenants);
  return { tenants, asking: new Asking(tenants), roles, house, ada, eve };
}

/** The role of that name. */
export function called({ roles }: Scene, name: Role['name']): Role {
  const role = roles.find((one) => one.name === name);
  if (role === undefined) throw new TypeError(`nobody is called ${name}`);
  return role;
}
