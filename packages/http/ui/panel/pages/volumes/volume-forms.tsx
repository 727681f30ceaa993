import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Document } from '../../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../../hypermedia/problem.js';
import { usePanel } from '../../context.js';
import { useAll } from '../../live/use-all.js';
import type { ActionFormProps } from '../../parts/action-bar.js';
import { Choice } from '../../parts/choice.js';
import { LabelledInput } from '../../parts/labelled-input.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { titleOf } from '../../titles.js';

/** Asks into which server a volume is to be put. */
export function AttachVolume({ resource, submit }: ActionFormProps) {
  const { say } = usePanel();
  const id = useId();
  const rows = useAll('virtualmachine').rows.filter(
    (row) => row['removeAfter'] == null && row['accountId'] === resource['accountId'],
  );
  const [chosen, setChosen] = useState('');
  const server = chosen === '' ? (rows[0]?.id ?? '') : chosen;
  return (
    <ActionForm action="attach" body={{ virtualmachineId: server }} submit={submit}>
      {(wrong) =>
        rows.length === 0 ? (
          <p>{say('volume.noServers')}</p>
        ) : (
          <Choice
            id={id}
            label={say('volume.server')}
            rows={rows}
            value={server}
            onChange={setChosen}
            about={say('volume.attachAbout')}
            wrong={wrong('virtualmachineId')}
          />
        )
      }
    </ActionForm>
  );
}

/** Asks how large a volume is to become. */
export function ResizeVolume({ resource, submit }: ActionFormProps) {
  const { say } = usePanel();
  const id = useId();
  const now = Number(resource['sizeGb']);
  const [size, setSize] = useState(String(2 * now));
  return (
    <ActionForm action="resize" body={{ sizeGb: Number(size) }} submit={submit}>
      {(wrong) => (
        <LabelledInput
          id={id}
          label={say('volume.newSize')}
          type="number"
          min={now}
          value={size}
          onChange={setSize}
          about={say('volume.resizeAbout', { size: now })}
          wrong={wrong('sizeGb')}
        />
      )}
    </ActionForm>
  );
}

/** Asks what a snapshot is to be called. */
export function SnapshotVolume({ resource, submit }: ActionFormProps) {
  const { say, amounts } = usePanel();
  const id = useId();
  const [name, setName] = useState(() =>
    say('snapshot.named', { name: titleOf(resource), when: amounts.moment(Date.now()) }),
  );
  return (
    <ActionForm action="snapshot" body={{ name }} submit={submit}>
      {(wrong) => (
        <LabelledInput
          id={id}
          label={say('field.name')}
          type="text"
          value={name}
          onChange={setName}
          about={say('snapshot.about')}
          wrong={wrong('name')}
        />
      )}
    </ActionForm>
  );
}

/** Asks to which of its snapshots a volume is to be brought back. */
export function RestoreVolume({ resource, submit }: ActionFormProps) {
  const { say } = usePanel();
  const id = useId();
  const rows = useAll('snapshot')
    .rows.filter((row) => row['volumeId'] === resource.id)
    .toSorted((one, other) => Number(other.id) - Number(one.id));
  const [chosen, setChosen] = useState('');
  const snapshot = chosen === '' ? (rows[0]?.id ?? '') : chosen;
  if (rows.length === 0) return <p>{say('volume.noSnapshots')}</p>;
  return (
    <ActionForm action="restore" body={{ snapshotId: snapshot }} submit={submit}>
      {(wrong) => (
        <Choice
          id={id}
          label={say('volume.snapshot')}
          rows={rows}
          value={snapshot}
          onChange={setChosen}
          about={say('volume.restoreAbout')}
          wrong={wrong('snapshotId')}
        />
      )}
    </ActionForm>
  );
}

interface FormProps {
  readonly action: string;
  readonly body: Document;
  readonly submit: (body: Document) => Promise<void>;
  readonly children: (wrong: (field: string) => string | undefined) => ComponentChildren;
}

function ActionForm({ action, body, submit, children }: FormProps) {
  const { labels } = usePanel();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [busy, setBusy] = useState(false);
  const send = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    submit(body)
      .catch((thrown: unknown) => setProblem(problemOf(thrown)))
      .finally(() => setBusy(false));
  };
  return (
    <form noValidate onSubmit={send}>
      {children((field) => problem?.fields[field])}
      <ProblemBox problem={problem} beside={Object.keys(body)} />
      <button type="submit" class="main" disabled={busy}>
        {labels.action(action)}
      </button>
    </form>
  );
}
