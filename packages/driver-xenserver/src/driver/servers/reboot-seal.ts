/**
 * Blocks a VM's reboots in the pool, from the moment its restart is done until the next one is announced: a process
 * that slept through its replacement may still ask for the reboot of a restart that is done, and XAPI has no other way
 * to refuse it. Whoever announces a restart takes the block away in another call than the one that reboots.
 */
const REASON = 'gdcloud: restart the server there';
const REBOOTS: readonly string[] = ['clean_reboot', 'hard_reboot'];

/** A VM's `blocked_operations`: reasons by operation. */
type Blocked = Readonly<Record<string, string>>;

/** Whether nobody can reboot the VM, whoever has blocked it. */
export function isSealed(blocked: Blocked): boolean {
  return REBOOTS.every((operation) => blocked[operation] !== undefined);
}

/** Whether one of the blocks is ours. */
export function isSealedByUs(blocked: Blocked): boolean {
  return REBOOTS.some((operation) => blocked[operation] === REASON);
}

/** The blocks with ours; those of others stay as they are. */
export function sealed(blocked: Blocked): Blocked {
  return { ...Object.fromEntries(REBOOTS.map((operation) => [operation, REASON])), ...blocked };
}

/** The blocks without ours. */
export function unsealed(blocked: Blocked): Blocked {
  return Object.fromEntries(
    Object.entries(blocked).filter(
      ([operation, reason]) => !(REBOOTS.includes(operation) && reason === REASON),
    ),
  );
}
