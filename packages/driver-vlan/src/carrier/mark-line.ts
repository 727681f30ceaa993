/** What is recorded as the plan of a network that is carried: its program's mark. The plan itself may be megabytes. */
export function markLine(mark: number): string {
  return `# mark 0x${mark.toString(16).padStart(8, '0')}\n`;
}

/** The mark of a record's plan; undefined where it tells none. */
export function markOfLine(plan: string): number | undefined {
  const [, mark] = /^# mark (0x[0-9a-f]{8})\n$/.exec(plan) ?? [];
  return mark === undefined ? undefined : Number(mark);
}
