import {
  type Backend,
  type BackendCheck,
  type HttpProxying,
  type LoadBalancer,
  parseUuid,
} from '@gdcloud/core';
import type { BackendElement, BalancerElement, HttpProxyElement } from './appliance-elements.js';
import { invalidField } from './invalid-document.js';
import { type Family, familyOf } from './ip.js';
import { parseCertificate } from './parse-certificate.js';
import { parsePort, parseProtocol } from './ports.js';
import { parseEntrance, parsePrivateAddress, type Surroundings } from './surroundings.js';

/** Servers behind one balancer, so that each can have one of its 64 buckets. */
const MOST_BACKENDS = 64;
/** Checks come no more often than this; milliseconds. */
const SHORTEST_INTERVAL = 100;
const LONGEST_INTERVAL = 3_600_000;

/** Reads a balancer. Throws `invalid`. */
export function parseBalancer(sent: LoadBalancer, around: Surroundings): BalancerElement {
  if (sent.backends.length > MOST_BACKENDS) {
    throw invalidField('TooManyBackends', 'backends', `a balancer has at most ${MOST_BACKENDS}`);
  }
  const publicAddress = parseEntrance(sent.publicAddress, around, 'publicAddress');
  const family = familyOf(publicAddress);
  const backends = sent.backends.map((backend) => parseBackend(backend, family, around));
  for (const field of ['server', 'privateAddress'] as const) {
    if (new Set(backends.map((backend) => backend[field])).size < backends.length) {
      throw invalidField('DuplicateBackend', `backends.${field}`, 'each server is in it once');
    }
  }
  if (sent.algorithm !== 'roundRobin' && sent.algorithm !== 'source') {
    throw invalidField('InvalidAlgorithm', 'algorithm', 'it is roundRobin or source');
  }
  const protocol = parseProtocol(sent.protocol, 'protocol');
  const proxy = sent.proxy && parseProxying(sent.proxy);
  if (proxy !== undefined && protocol !== 'tcp') {
    throw invalidField('InvalidProxy', 'proxy', 'requests come over tcp');
  }
  return {
    uuid: sent.uuid,
    generation: sent.generation,
    protocol,
    ...(proxy && { proxy }),
    publicAddress,
    publicPort: parsePort(sent.publicPort, 'publicPort'),
    privatePort: parsePort(sent.privatePort, 'privatePort'),
    algorithm: sent.algorithm,
    check: sent.check === null ? null : parseCheck(sent.check),
    backends,
  };
}

function parseProxying(sent: HttpProxying): HttpProxyElement {
  switch (sent.scheme) {
    case 'http':
      return { scheme: 'http' };
    case 'https':
      return { scheme: 'https', ...parseCertificate(sent) };
    default:
      throw invalidField('InvalidProxy', 'proxy.scheme', 'it is http or https');
  }
}

function parseBackend(sent: Backend, family: Family, around: Surroundings): BackendElement {
  const server = parseUuid(sent.server);
  if (server === undefined) {
    throw invalidField('InvalidUuid', 'backends.server', 'not a canonical uuid');
  }
  return {
    server,
    privateAddress: parsePrivateAddress(
      sent.privateAddress,
      family,
      around,
      'backends.privateAddress',
    ),
    weight: whole(sent.weight, 0, 100, 'backends.weight'),
  };
}

function parseCheck(sent: BackendCheck): BackendCheck {
  const { kind, path } = sent;
  if (kind !== 'tcp' && kind !== 'http') {
    throw invalidField('InvalidCheck', 'check.kind', 'it is tcp or http');
  }
  // What a request's first line may hold, so that nobody can end it and go on.
  if (kind === 'http' ? !/^\/[!-~]{0,1023}$/.test(path ?? '') : path !== null) {
    throw invalidField(
      'InvalidCheck',
      'check.path',
      'an http check has a path of printable ASCII that starts with a slash, a tcp check has none',
    );
  }
  const intervalMs = whole(
    sent.intervalMs,
    SHORTEST_INTERVAL,
    LONGEST_INTERVAL,
    'check.intervalMs',
  );
  return {
    kind,
    path,
    intervalMs,
    timeoutMs: whole(sent.timeoutMs, 1, intervalMs, 'check.timeoutMs'),
    rise: whole(sent.rise, 1, 100, 'check.rise'),
    fall: whole(sent.fall, 1, 100, 'check.fall'),
  };
}

function whole(value: number, least: number, most: number, field: string): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalidField('InvalidNumber', field, `it is a whole number from ${least} to ${most}`);
  }
  return value;
}
