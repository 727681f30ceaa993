/** `Retry-After` as this API says it: seconds. Null where it is a moment, or nothing. */
export function secondsOf(retryAfter: string | null): number | null {
  return retryAfter !== null && /^[0-9]{1,6}$/.test(retryAfter) ? Number(retryAfter) : null;
}
