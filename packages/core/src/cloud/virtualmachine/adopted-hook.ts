import type { HookRegistration } from '../../ports/hooks.js';
import { DISK_FILE } from '../disk-file.js';

/** What was adopted is there, or it is lost: no driver is ever asked to make something in its place. */
export const ADOPTED_HOOK: HookRegistration = {
  point: 'before.create',
  name: 'gdcloud/adopted-is-never-made',
  run: ({ resource, part }) => {
    const { adopted = null } = resource.spec as { readonly adopted?: unknown };
    if (adopted === null || adopted === false || !MADE_ELSEWHERE.has(part)) return undefined;
    return { message: `it was adopted, and its ${part} is not there any more: delete it` };
  },
};

/** The parts of servers and volumes that were there before their resource. */
const MADE_ELSEWHERE: ReadonlySet<string> = new Set(['server', DISK_FILE]);
