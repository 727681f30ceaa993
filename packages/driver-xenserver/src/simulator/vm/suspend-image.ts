import { isNullRef, NULL_REF } from '../../datamodel/ref.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import type { Pool } from '../pool.js';
import { numberField, textField } from '../record.js';

/** Where a VM's memory goes when it is suspended: its own repository, the pool's, its host's. Or `VM_NO_SUSPEND_SR`. */
export function suspendRepository({ database }: Pool, vm: Row): Row {
  const [pool] = database.rows('pool');
  const host = database.find('host', textField(vm, 'resident_on'));
  const candidates = [
    textField(vm, 'suspend_SR'),
    pool === undefined ? '' : textField(pool, 'suspend_image_SR'),
    host === undefined ? '' : textField(host, 'suspend_image_sr'),
  ];
  for (const ref of candidates) {
    const repository = database.find('SR', ref);
    if (repository !== undefined) return repository;
  }
  throw new XapiFault('VM_NO_SUSPEND_SR', vm.ref);
}

/** Makes the disk that holds a suspended VM's memory. Its size is as a real XAPI's: memory and a quarter, and 100 MiB. */
export function makeSuspendImage(pool: Pool, vm: Row, repository: Row): Row {
  const size = Math.floor(numberField(vm, 'memory_static_max') * 1.26 + 100 * 2 ** 20);
  const uuid = pool.identifiers.uuid();
  const image = pool.database.insert('VDI', {
    uuid,
    location: uuid,
    name_label: 'Suspend image',
    name_description: 'Suspend image',
    SR: repository.ref,
    virtual_size: size,
    physical_utilisation: size,
    type: 'user',
    metadata_of_pool: '',
    managed: true,
    sm_config: { vmhint: textField(vm, 'uuid'), initial_allocation: String(size) },
  });
  pool.database.set(vm, 'suspend_VDI', image.ref);
  return image;
}

/** Removes the image of a VM that needs it no more. */
export function dropSuspendImage({ database }: Pool, vm: Row): void {
  const ref = textField(vm, 'suspend_VDI');
  if (isNullRef(ref)) return;
  database.set(vm, 'suspend_VDI', NULL_REF);
  const image = database.find('VDI', ref);
  if (image !== undefined) database.remove(image);
}
