import {
  array,
  date,
  enumeration,
  int,
  map,
  password,
  reference,
  string,
} from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { IN_NETWORK } from '../network/network.js';
import { PORT_PROTOCOLS, requiredPort } from '../ports.js';
import { PORT_USAGE } from '../usage/traffic-questions.js';

/** How much more one server can get than another. */
export const MOST_WEIGHT = 100;

/** A port of an address outside whose connections are spread over servers. */
export const loadbalancer = defineResourceType({
  id: 'loadbalancer',
  plural: 'loadbalancers',
  description:
    'A port of an address outside whose connections, or requests, are spread over servers.',
  spec: {
    ipaddressId: reference('ipaddress', {
      description:
        'The address, assigned to the servers’ network. It leads to their addresses of the same version of IP.',
      required: true,
      write: 'create',
    }),
    protocol: enumeration(PORT_PROTOCOLS, {
      description: 'The protocol.',
      default: 'tcp',
      write: 'create',
    }),
    publicPort: requiredPort('The port of the address.'),
    privatePort: requiredPort('The port of the servers.'),
    mode: enumeration(['passthrough', 'http', 'https'], {
      description:
        '`passthrough`: connections are passed on as they are. `http`: requests are taken, and servers are told by X-Forwarded-For who asks. `https`: TLS ends here, too; servers are asked over HTTP.',
      default: 'passthrough',
    }),
    certificate: string({
      description:
        'Of mode https: its certificate, then those that vouch for it, in PEM. It is changed together with its key.',
      maxLength: 32_768,
      format: 'pem-certificate',
      filter: 'never',
    }),
    privateKey: password({
      description: 'The private key of the certificate in PEM, not encrypted. It is never shown.',
      maxLength: 8_192,
      format: 'pem-private-key',
      show: 'never',
      rest: 'sealed',
    }),
    algorithm: enumeration(['roundRobin', 'source'], {
      description:
        '`roundRobin`: one after another. `source`: a client always gets the same server while that is well.',
      default: 'roundRobin',
    }),
    virtualmachineIds: array(
      reference('virtualmachine', { description: 'A server.', required: true }),
      { description: 'The servers, all of one network.', default: [], maxLength: 64 },
    ),
    weights: map(int({ description: 'A share.', min: 0, max: MOST_WEIGHT }), {
      description: `How much of the whole a server gets, by its id: 1 to ${MOST_WEIGHT}, and 1 where nothing is said. 0: it keeps the connections it has and gets no new ones.`,
      default: {},
    }),
    healthCheck: enumeration(['none', 'tcp', 'http'], {
      description:
        'When a server counts as well. `tcp`: its port takes connections. `http`: the path answers with 200 to 399.',
      default: 'none',
    }),
    healthCheckPath: string({
      description: 'The path that is asked for.',
      default: '/',
      maxLength: 255,
      format: 'url-path',
    }),
    healthCheckIntervalMs: int({
      description: 'How often it is looked, in milliseconds.',
      default: 5_000,
      min: 500,
      max: 300_000,
    }),
    healthCheckTimeoutMs: int({
      description: 'How long an answer may take, in milliseconds.',
      default: 2_000,
      min: 100,
      max: 60_000,
    }),
    healthCheckRise: int({
      description: 'After how many good looks in a row it is well.',
      default: 2,
      min: 1,
      max: 20,
    }),
    healthCheckFall: int({
      description: 'After how many bad looks in a row it is not.',
      default: 3,
      min: 1,
      max: 20,
    }),
  },
  status: {
    networkId: reference('network', { description: 'The network of address and servers.' }),
    certificateExpires: date({ description: 'Until when the certificate is good.' }),
    serverHealth: map(
      enumeration(['well', 'unwell', 'unknown'], { description: 'How one is.', required: true }),
      {
        description:
          'Whether each server, by its id, passes its checks. `unwell`: it gets no new connections, unless all are. `unknown`: nobody checks it.',
        filter: 'never',
      },
    ),
  },
  links: {
    ipaddress: { kind: 'reference', field: 'ipaddressId' },
    network: { kind: 'reference', field: IN_NETWORK },
  },
  questions: { usage: PORT_USAGE },
  quota: () => [{ className: 'loadbalancers', amount: 1 }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});
