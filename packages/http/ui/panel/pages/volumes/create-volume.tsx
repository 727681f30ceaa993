import { useId, useState } from 'preact/hooks';
import { GB } from '../../../format/byte-units.js';
import { textOf } from '../../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../../hypermedia/problem.js';
import { pathTo, usePanel } from '../../context.js';
import { useAll } from '../../live/use-all.js';
import { CardChoice } from '../../parts/card-choice.js';
import { Choice } from '../../parts/choice.js';
import { LabelledInput } from '../../parts/labelled-input.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { titleOf } from '../../titles.js';
import type { CreatePageProps } from '../registry.js';
import { freeName } from '../servers/new-server.js';

/** Sizes that are offered, in GiB; any other can be written. */
const SIZES: readonly number[] = [10, 20, 50, 100, 200, 500];
const USUAL_GB = '20';
const SHOWN: readonly string[] = ['name', 'sizeGb', 'snapshotId', 'virtualmachineId'];

/** The page that makes a volume: how large, of what, and in which server it is to be. */
export function CreateVolume({ schema, page, given }: CreatePageProps) {
  const { api, say, amounts, labels, go, notify } = usePanel();
  const id = useId();
  const volumes = useAll('volume');
  const servers = useAll('virtualmachine');
  const snapshots = useAll('snapshot');
  const [chosen, setChosen] = useState<{ readonly [field: string]: string }>(() =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, textOf(value)])),
  );
  const [problem, setProblem] = useState<Problem | undefined>();
  const [busy, setBusy] = useState(false);
  const name = chosen['name'] ?? freeName('volume', volumes.rows);
  const snapshotId = chosen['snapshotId'] ?? '';
  const sizeGb = chosen['sizeGb'] ?? (snapshotId === '' ? USUAL_GB : '');
  const serverId = chosen['virtualmachineId'] ?? '';
  const choose = (field: string) => (value: string) =>
    setChosen((last) => ({ ...last, [field]: value }));
  const wrong = (field: string): string | undefined => problem?.fields[field];
  const sources = snapshots.rows.filter((row) => row['volumeId'] != null || row.id === snapshotId);
  const hosts = servers.rows.filter(
    (row) => row['removeAfter'] == null && row.state !== 'removing',
  );

  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const to = page.createTypes[schema.id];
    if (to === undefined) return;
    setBusy(true);
    try {
      const made = await api.create(to, {
        name,
        ...(sizeGb === '' ? {} : { sizeGb: /^[0-9]+$/.test(sizeGb) ? Number(sizeGb) : sizeGb }),
        ...(snapshotId === '' ? {} : { snapshotId }),
      });
      notify(say('toast.created', { name: titleOf(made) }));
      const attach = made.actions['attach'];
      if (serverId === '' || attach === undefined) return go(pathTo(schema.pluralName, made.id));
      await api.act(attach, { virtualmachineId: serverId });
      go(pathTo('virtualmachines', serverId));
    } catch (thrown) {
      setProblem(problemOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  if ([volumes, servers, snapshots].some(({ state }) => state === 'loading'))
    return <p role="status">{say('loading')}</p>;
  return (
    <form class="form" noValidate onSubmit={(event) => void send(event)}>
      <LabelledInput
        id={`${id}-name`}
        label={labels.field(schema.id, 'name')}
        type="text"
        value={name}
        onChange={choose('name')}
        wrong={wrong('name')}
      />
      <CardChoice
        legend={say('volume.size')}
        name="size"
        cards={SIZES.map((size) => ({
          value: String(size),
          title: amounts.bytes(size * GB),
        }))}
        value={sizeGb}
        onChange={choose('sizeGb')}
        wrong={undefined}
      />
      <LabelledInput
        id={`${id}-size`}
        label={say('volume.otherSize')}
        type="number"
        min={schema.resourceFields['sizeGb']?.min ?? 1}
        max={schema.resourceFields['sizeGb']?.max ?? undefined}
        value={sizeGb}
        onChange={choose('sizeGb')}
        about={say('volume.sizeAbout')}
        wrong={wrong('sizeGb')}
      />
      {sources.length > 0 && (
        <Choice
          id={`${id}-from`}
          label={say('volume.from')}
          none={say('volume.empty')}
          rows={sources}
          value={snapshotId}
          onChange={choose('snapshotId')}
          wrong={wrong('snapshotId')}
        />
      )}
      {hosts.length > 0 && (
        <Choice
          id={`${id}-server`}
          label={say('volume.into')}
          none={say('volume.intoNone')}
          rows={hosts}
          value={serverId}
          onChange={choose('virtualmachineId')}
          wrong={wrong('virtualmachineId')}
        />
      )}
      <ProblemBox problem={problem} beside={SHOWN} />
      <button type="submit" class="main" disabled={busy}>
        {say('action.create')}
      </button>
    </form>
  );
}
