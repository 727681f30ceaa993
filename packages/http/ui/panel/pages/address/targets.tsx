import { member, textOf } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { ReferenceLink } from '../../parts/reference-link.js';
import type { SectionProps } from '../registry.js';

const TONES: { readonly [health: string]: string } = { well: 'good', unwell: 'bad' };

/** The servers that a balancer spreads over: how each is, and which share it gets. */
export function Targets({ resource }: SectionProps) {
  const { labels, say } = usePanel();
  const { virtualmachineIds, serverHealth, weights } = resource;
  const servers = Array.isArray(virtualmachineIds) ? virtualmachineIds.map(textOf) : [];
  return (
    <section>
      <h2>{labels.field('loadbalancer', 'virtualmachineIds')}</h2>
      {servers.length === 0 ? (
        <p class="quiet">{say('balancer.none')}</p>
      ) : (
        <div class="table-room">
          <table>
            <thead>
              <tr>
                <th scope="col">{labels.type('virtualmachine')}</th>
                <th scope="col">{labels.field('loadbalancer', 'serverHealth')}</th>
                <th scope="col">{labels.field('loadbalancer', 'weights')}</th>
              </tr>
            </thead>
            <tbody>
              {servers.map((id) => {
                const health = textOf(member(serverHealth, id) ?? 'unknown');
                return (
                  <tr key={id}>
                    <td>
                      <ReferenceLink of="virtualmachine" id={id} />
                    </td>
                    <td>
                      <span class={`badge ${TONES[health] ?? 'idle'}`}>
                        <span class="badge-dot" aria-hidden="true" />
                        {labels.state(health)}
                      </span>
                    </td>
                    <td>{textOf(member(weights, id) ?? 1)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
