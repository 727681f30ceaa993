import type { Json } from '@gdcloud/core';
import { textOf } from '../arguments.js';
import { columnName } from '../column-name.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import { XapiFault } from '../fault.js';
import { isTrue, textMap } from '../values.js';

function create({ pool }: CallContext, kind: Json | undefined, isPublic: Json | undefined): string {
  const type = textOf(kind);
  return pool.database.insert('blob', {
    mime_type: type === '' ? 'application/octet-stream' : type,
    public: isTrue(isPublic),
    size: 0,
  }).ref;
}

/** The blob is there before anybody looks at what it is for. */
const createFor =
  (className: string): Behaviour =>
  (context, [ref, name, kind, isPublic]) => {
    const { database } = context.pool;
    const blob = create(context, kind, isPublic);
    const owner = database.get(className, textOf(ref));
    const blobs = textMap(owner.fields.get('blobs'));
    const key = textOf(name);
    if (Object.hasOwn(blobs, key)) {
      const column = columnName(className, 'blobs');
      throw new XapiFault('MAP_DUPLICATE_KEY', className, column, owner.ref, key);
    }
    database.set(owner, 'blobs', { ...blobs, [key]: blob });
    return blob;
  };

/** Blobs. What they hold goes over HTTP and is not simulated. */
export const BLOBS: Behaviours = {
  'blob.create': (context, [kind, isPublic]) => create(context, kind, isPublic),
  'blob.destroy': ({ pool: { database } }, [ref]) => {
    for (const vm of database.rows('VM')) {
      const before = textMap(vm.fields.get('blobs'));
      const left = Object.entries(before).filter(([, blob]) => blob !== ref);
      if (left.length < Object.keys(before).length) {
        database.set(vm, 'blobs', Object.fromEntries(left));
      }
    }
    database.remove(database.get('blob', textOf(ref)));
    return '';
  },
  'VM.create_new_blob': createFor('VM'),
  'host.create_new_blob': createFor('host'),
  'pool.create_new_blob': createFor('pool'),
  'network.create_new_blob': createFor('network'),
  'SR.create_new_blob': createFor('SR'),
};
