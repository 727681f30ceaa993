/** A moment as the API family writes it: `2026-01-02T03:04:05Z`. */
export function isoSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
