import { MB } from '../../../format/byte-units.js';
import { usePanel } from '../../context.js';
import { TakenShare } from '../../pictures/taken-share.js';
import type { SectionProps, TypeView } from '../registry.js';

/** A machine that runs servers. */
export const HOST: TypeView = {
  columns: ['name', 'state', 'cpuCount', 'ramSizeMb', 'ramUsedMb', 'live', 'accepting'].map(
    (name) => ({
      name,
    }),
  ),
  empty: 'empty.host',
  sections: [HostMemory],
  fields: [
    'cpuCount',
    'ramSizeMb',
    'live',
    'accepting',
    'enabled',
    'deaths',
    'external',
    'physicalNetworks',
  ],
};

function HostMemory({ resource }: SectionProps) {
  const { say } = usePanel();
  const { ramSizeMb, ramUsedMb } = resource;
  if (typeof ramSizeMb !== 'number' || typeof ramUsedMb !== 'number') return null;
  return (
    <section>
      <h2>{say('capacity.memory')}</h2>
      <TakenShare name={say('capacity.memory')} used={ramUsedMb * MB} whole={ramSizeMb * MB} />
    </section>
  );
}
