import { member, textOf } from '../../../hypermedia/documents.js';
import { AddressInput } from '../../parts/address-input.js';
import type { Written } from '../../parts/field-values.js';
import { PortInput } from '../../parts/port-input.js';
import type { TypeView } from '../registry.js';
import { Targets } from './targets.js';

/** Ports of addresses that are spread over servers. */
export const LOADBALANCER: TypeView = {
  columns: [
    { name: 'name' },
    { name: 'state' },
    {
      name: 'publicPort',
      cell: ({ protocol, publicPort }) => `${textOf(protocol).toUpperCase()} ${textOf(publicPort)}`,
    },
    { name: 'ipaddressId' },
    { name: 'mode' },
    {
      name: 'virtualmachineIds',
      cell: ({ serverHealth, virtualmachineIds }) => wellOf(virtualmachineIds, serverHealth),
    },
  ],
  empty: 'empty.loadbalancer',
  needs: ['network', 'virtualmachine'],
  form: {
    first: [
      'name',
      'virtualmachineIds',
      'mode',
      'certificate',
      'privateKey',
      'publicPort',
      'privatePort',
      'ipaddressId',
      'healthCheck',
      'healthCheckPath',
    ],
    inputs: { ipaddressId: AddressInput, publicPort: PortInput },
    isAsked,
    suggest: async () => ({ publicPort: 80, privatePort: 80, healthCheck: 'tcp' }),
  },
  sections: [Targets],
  fields: [
    'ipaddressId',
    'protocol',
    'publicPort',
    'privatePort',
    'mode',
    'algorithm',
    'healthCheck',
    'certificateExpires',
    'networkId',
    'created',
  ],
};

const OF_CHECKS: readonly string[] = [
  'healthCheckIntervalMs',
  'healthCheckTimeoutMs',
  'healthCheckRise',
  'healthCheckFall',
];

function isAsked(name: string, { mode = '', healthCheck = '' }: Written): boolean {
  if (name === 'certificate' || name === 'privateKey') return mode === 'https';
  if (name === 'protocol') return mode === 'passthrough';
  if (name === 'healthCheckPath') return healthCheck === 'http';
  return !OF_CHECKS.includes(name) || healthCheck !== 'none';
}

// `2 / 3`: so many of its servers are well, as far as anybody looks.
function wellOf(ids: unknown, health: unknown): string {
  const servers: readonly unknown[] = Array.isArray(ids) ? ids : [];
  const unwell = servers.filter((id) => member(health, textOf(id)) === 'unwell').length;
  return unwell === 0 ? `${servers.length}` : `${servers.length - unwell} / ${servers.length} ⚠`;
}
