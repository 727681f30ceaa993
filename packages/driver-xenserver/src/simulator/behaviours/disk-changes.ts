import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import { XapiFault } from '../fault.js';
import type { CbtOperation } from '../rules/vdi-rules.js';
import { assertDiskAllows } from '../storage-manager.js';

/** No storage manager here tracks changed blocks: what may not be is refused for its own reason, the rest for that. */
const tracked =
  (operation: CbtOperation, position: number): Behaviour =>
  (context, args) => {
    assertDiskAllows(context, context.pool.database.get('VDI', textOf(args[position])), operation);
    throw new XapiFault('NOT_IMPLEMENTED', `VDI.${operation}`);
  };

const plain =
  (answer: '' | readonly []): Behaviour =>
  ({ pool }, [ref]) => {
    pool.database.get('VDI', textOf(ref));
    return answer;
  };

/** Changed blocks, and what else disks hold besides a guest's data. */
export const DISK_CHANGES: Behaviours = {
  'VDI.enable_cbt': tracked('enable_cbt', 0),
  'VDI.disable_cbt': tracked('disable_cbt', 0),
  'VDI.data_destroy': tracked('data_destroy', 0),
  'VDI.list_changed_blocks': tracked('list_changed_blocks', 1),
  // No network serves disks, and no disk holds a copy of a database.
  'VDI.get_nbd_info': plain([]),
  'VDI.read_database_pool_uuid': plain(''),
};
