import { useMemo, useState } from 'preact/hooks';
import type { CloudApi } from '../../../hypermedia/cloud-api.js';
import type { Resource } from '../../../hypermedia/documents.js';
import { happeningsOf } from '../../../hypermedia/happenings.js';
import { usePanel } from '../../context.js';
import { useAnswer } from '../../live/use-answer.js';
import { WaterfallPicture } from '../../pictures/waterfall.js';
import { type Actor, waterfallOf } from '../../pictures/waterfall-layout.js';
import { titleOf } from '../../titles.js';
import type { SectionProps } from '../registry.js';

/** What a server needs, by the links that lead there. */
const NEEDED: readonly string[] = ['network', 'image'];

/** How a server came to be: who did what when, by the histories of all who took part. Asked for once it is unfolded. */
export function StartWaterfall(props: SectionProps) {
  const { say } = usePanel();
  const [open, setOpen] = useState<'no' | 'yes'>('no');
  if (props.resource['adopted'] != null) return null;
  return (
    <section>
      <details class="wide" onToggle={(event) => setOpen(event.currentTarget.open ? 'yes' : 'no')}>
        <summary>{say('waterfall.title')}</summary>
        {open === 'yes' && <Picture {...props} />}
      </details>
    </section>
  );
}

function Picture({ resource, heard }: SectionProps) {
  const { api, say, labels } = usePanel();
  const { value: actors } = useAnswer(
    async (signal): Promise<readonly Actor[]> => {
      const all = await takingPart(api, resource, signal);
      return Promise.all(
        all.map(async (of) => {
          const url = of.links['events'];
          const events = url === undefined ? [] : (await api.page(url, signal)).data;
          return {
            key: `${of.type}/${of.id}`,
            name: `${labels.type(of.type)} ${titleOf(of)}`,
            history: happeningsOf(events),
          };
        }),
      );
    },
    [resource.id, heard, labels],
  );
  const waterfall = useMemo(
    () => (actors === undefined ? undefined : waterfallOf(actors, Date.now())),
    [actors],
  );
  if (actors === undefined) return <p role="status">{say('loading')}</p>;
  if (waterfall === undefined) return <p class="quiet">{say('waterfall.forgotten')}</p>;
  return <WaterfallPicture title={say('waterfall.title')} waterfall={waterfall} />;
}

/** The server, what it needs, and its root disk. */
async function takingPart(
  api: CloudApi,
  server: Resource,
  signal: AbortSignal,
): Promise<readonly Resource[]> {
  const needed = NEEDED.map(async (name) => {
    const url = server.links[name];
    return url === undefined ? [] : [await api.read(url, signal)];
  });
  const url = server.links['volumes'];
  const disks = url === undefined ? [] : (await api.page(url, signal)).data;
  return [
    server,
    ...(await Promise.all(needed)).flat(),
    ...disks.filter((disk) => disk['device'] === 0),
  ];
}
