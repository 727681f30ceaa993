import { type Document, textOf } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { useName } from '../../live/use-name.js';
import { AddressInput } from '../../parts/address-input.js';
import type { PreviewProps } from '../../parts/form-view.js';
import { PortInput } from '../../parts/port-input.js';
import { portsOf } from '../../titles.js';
import { onlyOne } from '../only-one.js';
import type { TypeView } from '../registry.js';

/** Ports of addresses that lead to servers. */
export const PORTFORWARD: TypeView = {
  columns: [
    {
      name: 'publicStartPort',
      cell: (forward) => portsOf(forward, 'publicStartPort', 'publicEndPort'),
    },
    { name: 'state' },
    { name: 'ipaddressId' },
    { name: 'virtualmachineId' },
    {
      name: 'privateStartPort',
      cell: ({ privateStartPort, publicStartPort }) => textOf(privateStartPort ?? publicStartPort),
    },
    { name: 'name' },
  ],
  empty: 'empty.portforward',
  needs: ['network', 'virtualmachine'],
  form: {
    first: ['virtualmachineId', 'publicStartPort', 'ipaddressId', 'name'],
    inputs: { ipaddressId: AddressInput, publicStartPort: PortInput },
    suggest: (panel) => onlyOne(panel, 'virtualmachine', 'virtualmachineId'),
    preview: ({ written, given }: PreviewProps) => (
      <ForwardSentence forward={{ ...given, ...written }} />
    ),
  },
  sections: [
    ({ resource }) => (
      <p class="sentence">
        <ForwardSentence forward={resource} />
      </p>
    ),
  ],
  fields: [
    'ipaddressId',
    'protocol',
    'publicStartPort',
    'publicEndPort',
    'virtualmachineId',
    'privateStartPort',
    'networkId',
    'created',
  ],
};

/** A forward as people say it: `Opens TCP 443 of 203.0.113.7 to web1.` */
function ForwardSentence({ forward }: { readonly forward: Document }) {
  const { say } = usePanel();
  const [to, of] = [textOf(forward['virtualmachineId']), textOf(forward['ipaddressId'])];
  const server = useName('virtualmachine', to === '' ? undefined : to);
  const address = useName('ipaddress', of === '' ? undefined : of);
  if (server === undefined || textOf(forward['publicStartPort']) === '') return null;
  const ports = portsOf(forward, 'publicStartPort', 'publicEndPort');
  return <>{say('forward.sentence', { ports, server, address: address ?? '…' })}</>;
}
