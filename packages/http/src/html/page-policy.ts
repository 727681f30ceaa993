/** A mark of our own, so that browsers ask for no other. */
export const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' height='16' rx='4' fill='%231f6feb'/><path d='M4 10a3 3 0 0 1 .6-5.9 4 4 0 0 1 7.3 1.5A2.5 2.5 0 0 1 11.5 10z' fill='white'/></svg>";

/**
 * What a page of the API may load, run and talk to: styles and scripts that carry its nonce, which nobody can guess, and the API
 * itself where there is a script (security.md T11).
 */
export function pagePolicy(nonce: string, script: 'script' | 'no script'): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    ...(script === 'script' ? ["connect-src 'self'"] : []),
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
