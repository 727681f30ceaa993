import { WireFault } from '../response/wire-fault.js';
import type { ApiRequest } from './api-request.js';

const AUTHORITY =
  /^(?:[a-z0-9](?:[a-z0-9._-]{0,252}[a-z0-9])?\.?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i;

/**
 * Scheme, host and port that callers reach us by, as all links start: `https://h:8443` (rule 13). The default port is
 * left out. `hosts` are the names that we answer to, with ports where not the default; empty for any. Throws
 * {@link WireFault} when the Host is missing, is no host or is not ours.
 */
export function originOf(request: ApiRequest, hosts: ReadonlySet<string>): string {
  const forwarded = request.forwarded === 'believed';
  const proto = forwarded ? firstOf(request.header('x-forwarded-proto'))?.toLowerCase() : undefined;
  if (proto !== undefined && proto !== 'http' && proto !== 'https') {
    throw new WireFault('BadRequest', 'X-Forwarded-Proto must be http or https');
  }
  const scheme = proto ?? request.scheme;
  const host =
    (forwarded ? firstOf(request.header('x-forwarded-host')) : undefined) ??
    request.header(':authority') ??
    request.header('host');
  if (host === undefined || !AUTHORITY.test(host)) {
    throw new WireFault('BadRequest', 'the Host header is missing or is no host name');
  }
  const port = forwarded ? firstOf(request.header('x-forwarded-port')) : undefined;
  if (port !== undefined && !/^[0-9]{1,5}$/.test(port)) {
    throw new WireFault('BadRequest', 'X-Forwarded-Port must be a number');
  }
  const authority = withoutDefaultPort(
    scheme,
    port === undefined ? host : `${host.replace(/:[0-9]+$/, '')}:${port}`,
  );
  if (hosts.size > 0 && !hosts.has(authority)) {
    throw new WireFault('MisdirectedRequest', 'this API is not known by that host name');
  }
  return `${scheme}://${authority}`;
}

/** An authority in lower case and without the port that its scheme implies. */
export function withoutDefaultPort(scheme: string, authority: string): string {
  const suffix = scheme === 'https' ? ':443' : ':80';
  const lower = authority.toLowerCase();
  return lower.endsWith(suffix) ? lower.slice(0, -suffix.length) : lower;
}

function firstOf(list: string | undefined): string | undefined {
  const first = list?.split(',')[0]?.trim();
  return first === '' ? undefined : first;
}
