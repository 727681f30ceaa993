import type { Document } from '../../../hypermedia/documents.js';
import { textOf } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { useName } from '../../live/use-name.js';
import type { PreviewProps } from '../../parts/form-view.js';
import { portsOf } from '../../titles.js';
import { onlyOne } from '../only-one.js';
import type { TypeView } from '../registry.js';
import { CidrInput } from './cidr-input.js';

const WITH_PORTS: readonly string[] = ['tcp', 'udp'];

/** Filters of networks. */
export const NETWORKRULE: TypeView = {
  columns: [
    { name: 'action', cell: (rule) => <RuleSentence rule={rule} /> },
    { name: 'state' },
    { name: 'networkId' },
    { name: 'name' },
  ],
  empty: 'empty.networkrule',
  needs: ['network'],
  form: {
    first: [
      'networkId',
      'direction',
      'action',
      'sourceCidr',
      'protocol',
      'startPort',
      'endPort',
      'name',
    ],
    inputs: { sourceCidr: CidrInput },
    isAsked: (name, { protocol = '' }) =>
      (name !== 'startPort' && name !== 'endPort') || WITH_PORTS.includes(protocol),
    suggest: async (panel) => ({
      ...(await onlyOne(panel, 'network', 'networkId')),
      action: 'allow',
      protocol: 'tcp',
    }),
    preview: ({ written, given }: PreviewProps) => <RuleSentence rule={{ ...given, ...written }} />,
  },
  fields: ['networkId', 'direction', 'action', 'sourceCidr', 'protocol', 'startPort', 'endPort'],
  sections: [
    ({ resource }) => (
      <p class="sentence">
        <RuleSentence rule={resource} />
      </p>
    ),
  ],
};

/** A rule as people say it: `Allow tcp 22 from 0.0.0.0/0 to network web`. */
function RuleSentence({ rule }: { readonly rule: Document }) {
  const { say, labels } = usePanel();
  const id = textOf(rule['networkId']);
  const of = useName('network', id === '' ? undefined : id);
  const network = of ?? `${labels.type('network')} ${id}`;
  const isDenied = rule['action'] === 'deny';
  const isOut = rule['direction'] === 'out';
  const protocol = textOf(rule['protocol']);
  const what = protocol === 'any' ? say('rule.everything') : portsOf(rule);
  const cidr = textOf(rule['sourceCidr']);
  const others = ['0.0.0.0/0', '::/0'].includes(cidr) ? say('rule.anywhere', { cidr }) : cidr;
  const name = isOut
    ? isDenied
      ? 'rule.out.deny'
      : 'rule.out.allow'
    : isDenied
      ? 'rule.in.deny'
      : 'rule.in.allow';
  return <>{say(name, { what, others: others === '' ? '…' : others, network })}</>;
}
