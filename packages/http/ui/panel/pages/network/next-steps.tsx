import type { MessageName } from '#texts/messages.js';
import { pathTo, usePanel } from '../../context.js';
import type { SectionProps } from '../registry.js';

const STEPS: readonly { readonly type: string; readonly text: MessageName }[] = [
  { type: 'virtualmachine', text: 'network.addServer' },
  { type: 'portforward', text: 'network.openPort' },
  { type: 'networkrule', text: 'network.addRule' },
  { type: 'loadbalancer', text: 'network.balance' },
  { type: 'vpn', text: 'network.addVpn' },
];

/** What is usually done next in a network: ways to forms that know which network is meant. */
export function NextSteps({ resource: { id } }: SectionProps) {
  const { catalogue, home, say } = usePanel();
  return (
    <nav class="actions" aria-label={say('network.next')}>
      {STEPS.map(({ type, text }) => {
        const schema = catalogue.type(type);
        return schema?.collectionMethods.includes('POST') ? (
          <a
            key={type}
            class="button"
            href={`${home}${pathTo(schema.pluralName, 'new')}?networkId=${encodeURIComponent(id)}`}
          >
            {say(text)}
          </a>
        ) : null;
      })}
    </nav>
  );
}
