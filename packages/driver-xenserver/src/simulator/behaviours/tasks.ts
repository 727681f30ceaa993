import { textOf } from '../arguments.js';
import type { Behaviours } from '../context.js';
import { textField } from '../record.js';

/** Tasks. One that still runs is only marked: it goes when it ends. */
export const TASKS: Behaviours = {
  'task.create': ({ pool }, [label, description]) => {
    const task = pool.createTask(textOf(label), {});
    pool.database.set(task, 'name_description', textOf(description));
    return task.ref;
  },
  'task.destroy': ({ pool }, [ref]) => {
    const task = pool.database.get('task', textOf(ref));
    if (textField(task, 'status') === 'pending' && pool.tasks.has(task.ref))
      pool.tasks.abandon(task.ref);
    else pool.database.remove(task);
    return '';
  },
  'task.cancel': ({ pool }, [ref]) => {
    const task = pool.database.get('task', textOf(ref));
    if (textField(task, 'status') === 'pending') pool.tasks.cancel(task.ref);
    return '';
  },
};
