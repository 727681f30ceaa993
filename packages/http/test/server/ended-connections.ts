import { NO_METER } from '@gdcloud/core';
import type { Hardened } from '@gdcloud/http';

/** How many connections a server ends from now on, by the reason. */
export function countEnded(hardened: Hardened): Map<string, number> {
  const ended = new Map<string, number>();
  hardened.measure({
    ...NO_METER,
    isActive: true,
    counter: () => ({
      add: (labels, amount = 1) => {
        const reason = String(Object.values(labels)[0]);
        ended.set(reason, (ended.get(reason) ?? 0) + amount);
      },
    }),
  });
  return ended;
}
