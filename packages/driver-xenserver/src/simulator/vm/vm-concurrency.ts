const TOGETHER: readonly ReadonlySet<string>[] = [
  new Set(['clone', 'copy', 'export']),
  new Set(['snapshot', 'checkpoint']),
  new Set(['get_boot_record']),
];

/** What may begin beside one single other operation. */
const BESIDE: ReadonlySet<string> = new Set([
  'snapshot_with_quiesce snapshot',
  'migrate_send metadata_export',
  'migrate_send clean_shutdown',
  'migrate_send clean_reboot',
]);

/** Whether `operation` may begin on a VM on which `running` are under way, whatever its power state. */
export function mayJoin(operation: string, running: readonly string[]): boolean {
  if (running.length === 0) return true;
  if (TOGETHER.some((set) => [operation, ...running].every((name) => set.has(name)))) return true;
  // Forced ones begin beside nearly everything: they cancel it.
  if (operation === 'hard_shutdown') return !running.includes('hard_shutdown');
  if (operation === 'hard_reboot') {
    return !running.some((name) => name === 'hard_shutdown' || name === 'hard_reboot');
  }
  return running.length === 1 && BESIDE.has(`${running[0] ?? ''} ${operation}`);
}
