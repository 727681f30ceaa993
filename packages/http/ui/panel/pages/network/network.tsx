import { type Document, textOf } from '../../../hypermedia/documents.js';
import type { Panel } from '../../context.js';
import type { TypeView } from '../registry.js';
import { freeNetwork } from './free-network.js';
import { NextSteps } from './next-steps.js';

/** Private networks. */
export const NETWORK: TypeView = {
  columns: [
    { name: 'name' },
    { name: 'state' },
    { name: 'ipv4Cidr' },
    { name: 'outgoingAddress' },
    { name: 'domain' },
    { name: 'created' },
  ],
  empty: 'empty.network',
  form: {
    first: ['name', 'ipv4Cidr', 'ipv6'],
    isAsked: (name, written) => name !== 'ipv6Cidr' || written['ipv6'] !== 'false',
    suggest: suggestNetwork,
  },
  sections: [NextSteps],
  fields: [
    'ipv4Cidr',
    'gatewayIpv4Address',
    'outgoingAddress',
    'ipv6Cidr',
    'domain',
    'rateLimitMbit',
    'created',
  ],
};

async function suggestNetwork({ api, catalogue }: Panel): Promise<Document> {
  const schema = catalogue.type('network');
  const url = schema && catalogue.collectionUrl(schema);
  if (url === undefined) return {};
  const { data } = await api.page(`${url}?limit=1000`);
  return freeNetwork(
    data.map(({ ipv4Cidr }) => textOf(ipv4Cidr)),
    data.map(({ name }) => name ?? ''),
  );
}
