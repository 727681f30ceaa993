import { escapeHtml } from '../html/escape.js';
import type { PageParts } from './page-files.js';

/** A mark of our own, so that browsers ask for no other. */
const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' height='16' rx='4' fill='%231f6feb'/><path d='M4 10a3 3 0 0 1 .6-5.9 4 4 0 0 1 7.3 1.5A2.5 2.5 0 0 1 11.5 10z' fill='white'/></svg>";

/** What the panel may load, run and talk to: what comes from here, and nothing else (security.md T11). */
export const PANEL_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "object-src 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page in which the panel runs; the same for everybody. `prefix` is where the API is mounted: `/cloud`. */
export function panelShell(prefix: string, { script, style }: PageParts): string {
  const at = escapeHtml(prefix);
  return `<!DOCTYPE html>
<html lang="en" data-prefix="${at}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>gdcloud</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${at}/ui/${style}">
<script type="module" src="${at}/ui/${script}"></script>
</head>
<body>
<div id="panel"><noscript><p>The panel needs JavaScript. Without it there is <a href="${at}/v1">the API itself</a>, as pages with forms.</p></noscript></div>
</body>
</html>
`;
}
