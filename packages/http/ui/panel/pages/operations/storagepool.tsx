import { GB } from '../../../format/byte-units.js';
import { usePanel } from '../../context.js';
import { TakenShare } from '../../pictures/taken-share.js';
import type { SectionProps, TypeView } from '../registry.js';

/** A share on which disks are. */
export const STORAGEPOOL: TypeView = {
  columns: ['name', 'state', 'capacityGb', 'usedGb', 'freeGb', 'live'].map((name) => ({ name })),
  sections: [PoolRoom],
  fields: ['capacityGb', 'usedGb', 'freeGb', 'promisedGb', 'live', 'problem', 'advice', 'external'],
};

function PoolRoom({ resource }: SectionProps) {
  const { say } = usePanel();
  const { capacityGb, usedGb } = resource;
  if (typeof capacityGb !== 'number' || typeof usedGb !== 'number') return null;
  return (
    <section>
      <h2>{say('capacity.storage')}</h2>
      <TakenShare name={say('capacity.storage')} used={usedGb * GB} whole={capacityGb * GB} />
    </section>
  );
}
