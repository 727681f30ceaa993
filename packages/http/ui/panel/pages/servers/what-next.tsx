import { pathTo, usePanel } from '../../context.js';
import { useList } from '../../live/use-list.js';
import { CopyButton } from '../../parts/copy-button.js';
import type { SectionProps } from '../registry.js';

/** How to use a server that runs: its address inside, and how to reach it from outside. */
export function WhatNext({ resource }: SectionProps) {
  const { catalogue, home, say } = usePanel();
  const forwards = catalogue.type('portforward');
  const networks = catalogue.type('network');
  const url = forwards && catalogue.collectionUrl(forwards);
  const { rows } = useList(
    'portforward',
    url && `${url}?virtualmachineId=${resource.id}`,
    (row) => row['virtualmachineId'] === resource.id,
  );
  const address = resource['privateIpv4Address'];
  const isUp = resource.state === 'running' && resource.transitioning === 'no';
  if (!isUp || typeof address !== 'string') return null;
  const hostname = resource['hostname'];
  const networkId = resource['networkId'];
  return (
    <section>
      <h2>{say('next.title')}</h2>
      <dl class="values">
        <div>
          <dt>{say('next.address')}</dt>
          <dd class="next-address">
            <code>{address}</code>
            <CopyButton text={address} what={say('next.address')} />
          </dd>
        </div>
        {typeof hostname === 'string' && (
          <div>
            <dt>{say('next.name')}</dt>
            <dd>
              <code>{hostname}</code>
            </dd>
          </div>
        )}
        {rows.length > 0 && (
          <div>
            <dt>{say('next.outside')}</dt>
            <dd>{say('next.forwards', { count: rows.length })}</dd>
          </div>
        )}
      </dl>
      <p class="quiet">{say('next.about')}</p>
      <div class="actions">
        {resource.actions['console'] !== undefined && (
          <a class="button" href="#console">
            {say('next.console')}
          </a>
        )}
        {forwards !== undefined && (
          <a
            class="button"
            href={`${home}${pathTo(forwards.pluralName, 'new')}?virtualmachineId=${resource.id}`}
          >
            {say('next.forward')}
          </a>
        )}
        {networks !== undefined && typeof networkId === 'string' && (
          <a class="button" href={home + pathTo(networks.pluralName, networkId)}>
            {say('next.network')}
          </a>
        )}
      </div>
    </section>
  );
}
