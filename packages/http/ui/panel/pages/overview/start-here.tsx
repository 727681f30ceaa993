import type { MessageName } from '#texts/messages.js';
import { usePanel } from '../../context.js';
import type { Everything } from '../overview-page.js';

interface Step {
  readonly title: MessageName;
  readonly text: MessageName;
  readonly path: string;
  /** Done once there is one of any of these. */
  readonly by: readonly string[];
}

/** From nothing to a server that answers. */
const CUSTOMER: readonly Step[] = [
  { title: 'start.network', text: 'start.networkText', path: '/networks/new', by: ['network'] },
  {
    title: 'start.server',
    text: 'start.serverText',
    path: '/virtualmachines/new',
    by: ['virtualmachine'],
  },
  {
    title: 'start.reach',
    text: 'start.reachText',
    path: '/portforwards/new',
    by: ['portforward', 'loadbalancer', 'vpn'],
  },
];

/** From a cloud that was just set up to its first customer. */
const ADMINISTRATOR: readonly Step[] = [
  { title: 'start.pool', text: 'start.poolText', path: '/addresspools/new', by: ['addresspool'] },
  ...CUSTOMER.slice(0, 2),
  { title: 'start.login', text: 'start.loginText', path: '/logins/new', by: ['login'] },
];

interface StartHereProps {
  readonly lists: Everything;
  readonly who: 'customer' | 'administrator';
}

/** What to do first, with what is done ticked; nothing once all of it is. */
export function StartHere({ lists, who }: StartHereProps) {
  const { home, say } = usePanel();
  const steps = who === 'customer' ? CUSTOMER : ADMINISTRATOR;
  const isDone = ({ by }: Step): boolean => by.some((id) => (lists[id]?.rows.length ?? 0) > 0);
  const next = steps.find((step) => !isDone(step));
  if (next === undefined) return null;
  return (
    <section>
      <h2>{say('start.title')}</h2>
      <ol class="start">
        {steps.map((step, place) => {
          const { title, text, path } = step;
          return (
            <li key={title} class={step === next ? 'next' : ''}>
              <h3>
                {isDone(step) ? '✓' : `${place + 1}.`} {say(title)}
                {isDone(step) && <span class="hidden"> ({say('start.done')})</span>}
              </h3>
              <p>{say(text)}</p>
              {!isDone(step) && (
                <a class={step === next ? 'button main' : 'button'} href={home + path}>
                  {say(title)}
                </a>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
