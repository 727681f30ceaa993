import type { Caller } from '@gdcloud/core';

/** What a browser may load or run because of an answer that is no page: nothing. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";

/**
 * The headers that every response has: the way to the schemas (rule 1), and that nothing is kept by caches, or sniffed,
 * run, framed or embedded by browsers (security.md T11, T12, T45). A new object, for the caller to add to.
 */
export function standardHeaders(base: string): Record<string, string> {
  return {
    'cache-control': 'no-store, private',
    vary: 'Authorization, Accept, User-Agent, Sec-Fetch-Site, Origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'content-security-policy': NO_PAGE,
    'cross-origin-resource-policy': 'same-origin',
    'x-api-schemas': `${base}/v1/schemas`,
  };
}

/** Adds who the caller turned out to be, as old clients read it. Names that are no header text are percent-encoded. */
export function addCaller(headers: Record<string, string>, caller: Caller): void {
  headers['x-api-account-id'] = headerText(caller.accountId);
  headers['x-api-account-kind'] = caller.kind;
  headers['x-api-account-name'] = headerText(caller.accountName);
}

/** Adds which address a request seems to come from; whoever set up proxies sees here whether they are believed. */
export function addClient(headers: Record<string, string>, address: string | undefined): void {
  if (address !== undefined && address !== 'local') headers['x-api-client-ip'] = address;
}

function headerText(text: string): string {
  return /^[\x21-\x24\x26-\x7e](?:[\x20-\x24\x26-\x7e]*[\x21-\x24\x26-\x7e])?$/.test(text)
    ? text
    : encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}
