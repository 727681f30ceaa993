import { pathTo, usePanel } from '../../context.js';
import type { SectionProps, TypeView } from '../registry.js';

/** Images: what root disks begin with. */
export const IMAGE: TypeView = {
  columns: [
    { name: 'name' },
    { name: 'state' },
    { name: 'osType' },
    { name: 'virtualGb' },
    { name: 'source' },
    { name: 'created' },
  ],
  empty: 'empty.image',
  sections: [UseImage],
  fields: [
    'osType',
    'bootMode',
    'virtualGb',
    'physicalMb',
    'source',
    'sourceUrl',
    'contentChecksum',
    'created',
    'id',
  ],
};

/** The way from an image to a server of it. */
function UseImage({ resource }: SectionProps) {
  const { catalogue, home, say } = usePanel();
  const servers = catalogue.type('virtualmachine');
  if (servers === undefined || resource.state !== 'active') return null;
  return (
    <div class="actions">
      <a
        class="button main"
        href={`${home}${pathTo(servers.pluralName, 'new')}?imageId=${resource.id}`}
      >
        {say('image.use')}
      </a>
    </div>
  );
}
