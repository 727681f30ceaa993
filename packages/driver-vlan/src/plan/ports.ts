import type { PortProtocol } from '@gdcloud/core';
import { invalidField } from './invalid-document.js';

/** A port of TCP or UDP. Only {@link parsePort} makes one. */
export type Port = number & { readonly __brand: 'Port' };

/** Ports in a row, both ends included. */
export interface PortRange {
  readonly start: Port;
  readonly end: Port;
}

/** Every port, and 0, which no connection has: rules without ports are for all of them. */
export const ALL_PORTS: PortRange = { start: 0 as Port, end: 65_535 as Port };

/** Reads a port from 1 to 65535. Throws `invalid`. */
export function parsePort(value: number, field: string): Port {
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw invalidField('InvalidPort', field, 'a port is a whole number from 1 to 65535');
  }
  return value as Port;
}

/** Reads ports in a row. Throws `invalid`. */
export function parsePortRange(
  start: number,
  end: number,
  fields: readonly [string, string],
): PortRange {
  const range = { start: parsePort(start, fields[0]), end: parsePort(end, fields[1]) };
  if (range.end < range.start) {
    throw invalidField('InvalidPortRange', fields[1], 'the last port is not below the first');
  }
  return range;
}

/** Reads `tcp` or `udp`. Throws `invalid`. */
export function parseProtocol(value: PortProtocol, field: string): PortProtocol {
  switch (value) {
    case 'tcp':
    case 'udp':
      return value;
    default:
      throw invalidField('InvalidProtocol', field, 'the protocols with ports are tcp and udp');
  }
}
