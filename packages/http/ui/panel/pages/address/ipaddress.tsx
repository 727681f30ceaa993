import { textOf } from '../../../hypermedia/documents.js';
import { onlyOne } from '../only-one.js';
import type { TypeView } from '../registry.js';

/** Public addresses. */
export const IPADDRESS: TypeView = {
  columns: [
    { name: 'address', cell: ({ address, id }) => textOf(address ?? `# ${id}`) },
    { name: 'state' },
    { name: 'networkId' },
    { name: 'name' },
    { name: 'created' },
  ],
  empty: 'empty.ipaddress',
  form: {
    first: ['networkId', 'name'],
    suggest: (panel) => onlyOne(panel, 'network', 'networkId'),
  },
  fields: ['address', 'networkId', 'addresspoolId', 'family', 'created'],
};
