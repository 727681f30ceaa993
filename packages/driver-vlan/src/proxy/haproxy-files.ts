import { createHash } from 'node:crypto';
import type { BackendCheck } from '@gdcloud/core';
import { type IpAddress, isIpv6 } from '../plan/ip.js';
import type { NamespaceName } from '../plan/plan-names.js';
import type { HttpProxy, ProxiedBalancer, ProxiedServer } from '../program/http-proxy.js';

/** Where a network's proxy keeps what. */
export interface HaproxyPaths {
  readonly folder: string;
  readonly configuration: string;
  /** What is tried before it takes the configuration's place. */
  readonly candidate: string;
  readonly processId: string;
  /** Where it answers questions. */
  readonly socket: string;
}

/** The contents of its files. */
export interface HaproxyTexts {
  readonly configuration: string;
  /** What a running one calls itself: another for another configuration, certificates included. */
  readonly description: string;
  /** Certificates with their keys, by path: secrets. */
  readonly certificates: ReadonlyMap<string, string>;
}

/** Whose rights it has once it listens: `nobody`, unless there is nobody but root where it runs. */
export type ProxyUser = 'nobody' | 'root';

/** `nobody` of every Linux. */
const NOBODY = 65_534;

/** The paths in a folder of the network's own, in `folder`. */
export function haproxyPaths(folder: string, namespace: NamespaceName): HaproxyPaths {
  const own = `${folder}/${namespace}/proxy`;
  return {
    folder: own,
    configuration: `${own}/haproxy.cfg`,
    candidate: `${own}/candidate.cfg`,
    processId: `${own}/haproxy.pid`,
    socket: `${own}/socket`,
  };
}

/**
 * What a network's haproxy is to do. Certificates have names made of what is in them, so that a configuration that is
 * replaced still finds its own. No word of a user gets in but a path to be checked, whose every unusual character is
 * written as its number.
 */
export function haproxyTexts(
  { balancers }: HttpProxy,
  paths: HaproxyPaths,
  user: ProxyUser,
): HaproxyTexts {
  const certificates = new Map<string, string>();
  const lines = balancers.flatMap((balancer) => {
    const { proxy } = balancer;
    if (proxy.scheme === 'http') return balancerLines(balancer, '');
    const text = proxy.privateKey + proxy.certificate;
    const path = `${paths.folder}/${balancer.uuid}-${digest(text)}.pem`;
    certificates.set(path, text);
    return balancerLines(balancer, ` ssl crt ${path} ssl-min-ver TLSv1.2 alpn h2,http/1.1`);
  });
  const rest = [...globalLines(paths, user), ...DEFAULTS, ...lines, ''].join('\n');
  const description = digest(rest);
  return {
    configuration: `global\n  description ${description}\n${rest}`,
    description,
    certificates,
  };
}

function globalLines({ socket }: HaproxyPaths, user: ProxyUser): readonly string[] {
  return [
    `  stats socket ${socket} mode 600 level admin expose-fd listeners`,
    // There are many networks: a core each is plenty.
    '  nbthread 1',
    '  maxconn 4000',
    '  no strict-limits',
    // How long connections may go on under a configuration that was replaced.
    '  hard-stop-after 1h',
    ...(user === 'nobody' ? [`  uid ${NOBODY}`, `  gid ${NOBODY}`] : []),
  ];
}

const DEFAULTS: readonly string[] = [
  'defaults',
  '  mode http',
  '  timeout connect 5s',
  '  timeout client 60s',
  '  timeout server 60s',
  '  timeout http-request 10s',
  '  timeout http-keep-alive 10s',
  '  timeout queue 30s',
  // Of what begins as a request and goes on as something else: WebSockets.
  '  timeout tunnel 1h',
  '  option redispatch',
];

function balancerLines(balancer: ProxiedBalancer, tls: string): readonly string[] {
  const { uuid, proxy, publicAddress, publicPort, algorithm, check, servers } = balancer;
  const family = isIpv6(publicAddress) ? 'ipv6' : 'ipv4';
  return [
    `listen ${uuid}`,
    `  bind ${family}@${publicAddress}:${publicPort}${tls}`,
    ...(algorithm === 'source'
      ? ['  balance source', '  hash-type consistent']
      : ['  balance roundrobin']),
    // Who asks can't say for whom: what he says of it himself is replaced.
    '  http-request set-header X-Forwarded-For %[src]',
    `  http-request set-header X-Forwarded-Proto ${proxy.scheme}`,
    ...(check === null ? [] : checkLines(check)),
    ...servers.flatMap((server) => serverLines(server, check)),
  ];
}

function checkLines({ kind, path, timeoutMs }: BackendCheck): readonly string[] {
  return [
    `  timeout check ${timeoutMs}ms`,
    '  option allbackups',
    ...(kind === 'tcp'
      ? []
      : [
          '  option httpchk',
          `  http-check send meth GET uri ${escaped(path ?? '/')} hdr User-Agent gdcloud`,
          '  http-check expect status 200-399',
        ]),
  ];
}

// Where all fail their checks, all stay in, as with balancers that pass connections on: each is there a second time,
// unchecked, for when nobody else is left.
function serverLines(
  { server, address, port, weight }: ProxiedServer,
  check: BackendCheck | null,
): readonly string[] {
  const words = `${endpoint(address, port)} weight ${weight}`;
  if (check === null) return [`  server ${server} ${words}`];
  const { intervalMs, rise, fall } = check;
  return [
    `  server ${server} ${words} check inter ${intervalMs}ms rise ${rise} fall ${fall}`,
    ...(weight === 0 ? [] : [`  server last-${server} ${words} backup`]),
  ];
}

function endpoint(address: IpAddress, port: number): string {
  return isIpv6(address) ? `ipv6@${address}:${port}` : `ipv4@${address}:${port}`;
}

function escaped(path: string): string {
  return path.replaceAll(
    /[^A-Za-z0-9/_.-]/g,
    (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
