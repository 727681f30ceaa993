import { useState } from 'preact/hooks';
import { type Document, textOf } from '../../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../../hypermedia/problem.js';
import { type Panel, pathTo, usePanel } from '../../context.js';
import { useResource } from '../../live/use-resource.js';
import { Dialog } from '../../parts/dialog.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { titleOf } from '../../titles.js';
import type { SectionProps, TypeView } from '../registry.js';

/** Snapshots: what disks held at a moment. */
export const SNAPSHOT: TypeView = {
  columns: [
    { name: 'name' },
    { name: 'state' },
    { name: 'sizeGb' },
    { name: 'volumeId' },
    { name: 'virtualmachineId' },
    { name: 'takenAt' },
  ],
  empty: 'empty.snapshot',
  form: { first: ['volumeId', 'virtualmachineId', 'name'], suggest: suggestName },
  sections: [UseSnapshot],
  fields: ['sizeGb', 'physicalMb', 'volumeId', 'virtualmachineId', 'consistency', 'takenAt', 'id'],
};

async function suggestName({ say, amounts }: Panel): Promise<Document> {
  return { name: say('snapshot.suggested', { when: amounts.moment(Date.now()) }) };
}

/** What a snapshot of a volume is good for: the volume is brought back to it, or another is made of it. */
function UseSnapshot({ resource }: SectionProps) {
  const { api, catalogue, home, say, notify } = usePanel();
  const [asked, setAsked] = useState<'no' | 'yes'>('no');
  const [problem, setProblem] = useState<Problem | undefined>();
  const volumes = catalogue.type('volume');
  const collection = volumes && catalogue.collectionUrl(volumes);
  const volumeId = resource['volumeId'];
  const url =
    collection === undefined || typeof volumeId !== 'string'
      ? undefined
      : `${collection}/${volumeId}`;
  const { resource: volume } = useResource('volume', url);
  if (volumes === undefined || volume === undefined || resource.state !== 'active') return null;
  const restore = volume.actions['restore'];
  const bringBack = (to: string): void => {
    api.act(to, { snapshotId: resource.id }).then(
      () => {
        setAsked('no');
        notify(say('toast.restored', { name: titleOf(volume) }));
      },
      (thrown: unknown) => setProblem(problemOf(thrown)),
    );
  };
  return (
    <section>
      <h2>{say('snapshot.use')}</h2>
      <div class="actions">
        <button type="button" disabled={restore === undefined} onClick={() => setAsked('yes')}>
          {say('snapshot.restore', { name: titleOf(volume) })}
        </button>
        <a
          class="button"
          href={`${home}${pathTo(volumes.pluralName, 'new')}?snapshotId=${resource.id}`}
        >
          {say('snapshot.copy')}
        </a>
      </div>
      {restore === undefined && <p class="quiet">{say('snapshot.detachFirst')}</p>}
      {asked === 'yes' && restore !== undefined && (
        <Dialog
          title={say('snapshot.restore', { name: titleOf(volume) })}
          onClose={() => setAsked('no')}
        >
          <p>
            {say('snapshot.confirm', { name: titleOf(volume), snapshot: textOf(resource.name) })}
          </p>
          <ProblemBox problem={problem} />
          <div class="actions">
            <button type="button" class="danger" onClick={() => bringBack(restore)}>
              {say('do.restore')}
            </button>
            <button type="button" onClick={() => setAsked('no')}>
              {say('action.cancel')}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
