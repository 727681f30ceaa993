/** Milliseconds since the epoch of a XAPI time: `20240420T12:00:00Z`, or with dashes as some releases have it. */
export function parseXapiTime(text: string): number {
  const [, year, month, day, time] = /^(\d{4})-?(\d{2})-?(\d{2})T(.*)$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${time}`);
}
