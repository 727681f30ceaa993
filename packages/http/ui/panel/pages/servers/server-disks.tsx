import { useState } from 'preact/hooks';
import { GB } from '../../../format/byte-units.js';
import { type Resource, textOf } from '../../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../../hypermedia/problem.js';
import { pathTo, usePanel } from '../../context.js';
import { useAll } from '../../live/use-all.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { StateBadge } from '../../parts/state-badge.js';
import { titleOf } from '../../titles.js';
import type { SectionProps } from '../registry.js';

/** The disks of a server, with ways to put others in, take them out, and keep what they hold. */
export function ServerDisks({ resource }: SectionProps) {
  const { api, catalogue, say, home, labels, amounts, notify } = usePanel();
  const [problem, setProblem] = useState<Problem | undefined>();
  const volumes = catalogue.type('volume');
  const { rows } = useAll('volume');
  if (volumes === undefined || resource.state === 'removing') return null;
  const own = rows.filter((row) => row['virtualmachineId'] === resource.id);
  const leaving = rows.filter(
    (row) => row['attachedToId'] === resource.id && row['virtualmachineId'] !== resource.id,
  );
  const free = rows.filter(
    (row) =>
      row.actions['attach'] !== undefined &&
      row['attachedToId'] == null &&
      row['accountId'] === resource['accountId'],
  );
  const trying = (doing: Promise<Resource>, said: string, undo?: string): void => {
    setProblem(undefined);
    doing.then(
      (came) => {
        const back = undo === undefined ? undefined : came.actions[undo];
        notify(said, back === undefined ? undefined : () => api.act(back));
      },
      (thrown: unknown) => setProblem(problemOf(thrown)),
    );
  };
  return (
    <section>
      <h2>{say('disks.title')}</h2>
      <ProblemBox problem={problem} />
      <ul class="disks">
        {[...own, ...leaving].map((disk) => {
          const detach = disk.actions['detach'];
          return (
            <li key={disk.id}>
              <a href={home + pathTo(volumes.pluralName, disk.id)}>
                <bdi>{titleOf(disk)}</bdi>
              </a>
              <span>{amounts.bytes(Number(disk['sizeGb']) * GB)}</span>
              <span class="quiet">
                {disk['device'] === 0
                  ? say('disks.root')
                  : say('disks.device', { device: textOf(disk['attachedDevice'] ?? '…') })}
              </span>
              <StateBadge resource={disk} />
              <span class="disks-do">
                {detach !== undefined && (
                  <button
                    type="button"
                    class="small"
                    aria-label={`${labels.action('detach')}: ${titleOf(disk)}`}
                    onClick={() =>
                      trying(api.act(detach), `${labels.action('detach')}: ${titleOf(disk)}`)
                    }
                  >
                    {labels.action('detach')}
                  </button>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      <AttachForm
        free={free}
        attach={(disk) => {
          const to = disk.actions['attach'];
          if (to === undefined) return;
          const said = `${labels.action('attach')}: ${titleOf(disk)}`;
          trying(api.act(to, { virtualmachineId: resource.id }), said, 'detach');
        }}
      />
      <div class="actions">
        <a
          class="button small"
          href={`${home}${pathTo(volumes.pluralName, 'new')}?virtualmachineId=${resource.id}`}
        >
          {say('disks.new')}
        </a>
        <SnapshotServer resource={resource} trying={trying} />
      </div>
    </section>
  );
}

interface AttachFormProps {
  readonly free: readonly Resource[];
  readonly attach: (disk: Resource) => void;
}

function AttachForm({ free, attach }: AttachFormProps) {
  const { say, labels, amounts } = usePanel();
  const [chosen, setChosen] = useState('');
  if (free.length === 0) return null;
  const disk = free.find(({ id }) => id === chosen) ?? free[0];
  const send = (event: Event): void => {
    event.preventDefault();
    if (disk !== undefined) attach(disk);
  };
  return (
    <form class="in-line" onSubmit={send}>
      <label>
        {say('disks.attach')}{' '}
        <select value={disk?.id} onChange={(event) => setChosen(event.currentTarget.value)}>
          {free.map((each) => (
            <option key={each.id} value={each.id}>
              {`${titleOf(each)} (${amounts.bytes(Number(each['sizeGb']) * GB)})`}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{labels.action('attach')}</button>
    </form>
  );
}

interface SnapshotServerProps {
  readonly resource: Resource;
  readonly trying: (doing: Promise<Resource>, said: string) => void;
}

function SnapshotServer({ resource, trying }: SnapshotServerProps) {
  const { api, catalogue, say, amounts } = usePanel();
  const snapshots = catalogue.type('snapshot');
  const url = snapshots && catalogue.collectionUrl(snapshots);
  if (url === undefined || snapshots?.collectionMethods.includes('POST') !== true) return null;
  const take = (): void => {
    const name = say('snapshot.named', {
      name: titleOf(resource),
      when: amounts.moment(Date.now()),
    });
    trying(
      api.create(url, { name, virtualmachineId: resource.id }),
      say('toast.created', { name }),
    );
  };
  return (
    <button type="button" class="small" onClick={take}>
      {say('disks.snapshot')}
    </button>
  );
}
