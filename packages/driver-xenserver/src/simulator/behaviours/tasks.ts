import { textOf } from '../arguments.js';
import type { Behaviours } from '../context.js';

/** Tasks. Those of `Async.*` calls end by themselves, those that clients make when their status is set. */
export const TASKS: Behaviours = {
  'task.create': ({ pool }, [label, description]) =>
    pool.createTask({ name_label: textOf(label), name_description: textOf(description) }).ref,
  'task.destroy': ({ pool }, [ref]) => {
    pool.tasks.destroy(pool.database.get('task', textOf(ref)));
    return '';
  },
  'task.cancel': ({ pool }, [ref]) => {
    pool.tasks.cancel(pool.database.get('task', textOf(ref)));
    return '';
  },
};
