/** A time as JSON-RPC answers have it: `20240420T12:00:00Z`. */
export function xapiTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replaceAll('-', '').replace(/\.\d+/, '');
}
