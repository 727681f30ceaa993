import { type Resource, textOf } from '../hypermedia/documents.js';

/** What resources that people seldom name are known by. */
const KNOWN_BY: { readonly [typeId: string]: (resource: Resource) => string } = {
  apikey: ({ publicValue }) => textOf(publicValue),
  ipaddress: ({ address }) => textOf(address),
  loadbalancer: ({ protocol, publicPort }) =>
    `${textOf(protocol).toUpperCase()} ${textOf(publicPort)}`,
  login: ({ username }) => textOf(username),
  networkrule: (rule) =>
    `${textOf(rule['action'])} ${portsOf(rule)} · ${textOf(rule['sourceCidr'])}`,
  portforward: (forward) => portsOf(forward, 'publicStartPort', 'publicEndPort'),
  vpn: ({ endpoint }) => textOf(endpoint),
  vpnclient: ({ address }) => textOf(address),
};

/** What a resource is called: its name, else what it is known by, else its type and number. */
export function titleOf(resource: Resource): string {
  const { name, type, id } = resource;
  if (typeof name === 'string' && name !== '') return name;
  const known = Object.hasOwn(KNOWN_BY, type) ? KNOWN_BY[type]?.(resource) : undefined;
  return known === undefined || known === '' ? `${type} ${id}` : known;
}

/** Ports as people write them: `TCP 443`, `UDP 5000–5010`. */
export function portsOf(
  resource: { readonly [name: string]: unknown },
  first = 'startPort',
  last = 'endPort',
): string {
  const protocol = textOf(resource['protocol']).toUpperCase();
  const from = textOf(resource[first]);
  const to = textOf(resource[last]);
  if (from === '') return protocol;
  return `${protocol} ${to === '' || to === from ? from : `${from}–${to}`}`;
}
