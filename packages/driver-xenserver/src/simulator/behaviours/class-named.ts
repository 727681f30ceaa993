import type { ClassSchema } from '../../datamodel/schema.js';
import type { Pool } from '../pool.js';

/** A class of the pool's release. Every release has those that behaviours ask for. */
export function classNamed(pool: Pool, name: string): ClassSchema {
  const schema = pool.schema.get(name);
  if (schema === undefined) throw new Error(`the datamodel has no ${name}`);
  return schema;
}
