import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { GB } from '../../../format/byte-units.js';
import {
  type Document,
  type Fields,
  type Resource,
  textOf,
} from '../../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../../hypermedia/problem.js';
import { pathTo, usePanel } from '../../context.js';
import { useAll } from '../../live/use-all.js';
import { useAnswer } from '../../live/use-answer.js';
import type { LiveList } from '../../live/use-list.js';
import { CardChoice } from '../../parts/card-choice.js';
import { FieldInput } from '../../parts/field-input.js';
import { bodyOf, type Written, writtenOf } from '../../parts/field-values.js';
import { LabelledInput } from '../../parts/labelled-input.js';
import { ProblemBox } from '../../parts/problem-box.js';
import { titleOf } from '../../titles.js';
import { freeNetwork } from '../network/free-network.js';
import type { CreatePageProps } from '../registry.js';
import { KeyChoice } from './key-choice.js';
import {
  diskGbOf,
  freeName,
  keysOf,
  lastKeys,
  usualImage,
  usualNetwork,
  usualOffering,
} from './new-server.js';
import { ServerSummary } from './server-summary.js';
import { sizeCards } from './size-cards.js';

/** The choice of a network that is yet to be made. */
const NEW = 'new';
/** What few need; asked for as the schema says. */
const MORE: readonly string[] = [
  'description',
  'desiredState',
  'userData',
  'labels',
  'antiAffinityLabels',
  'affinityLabels',
];
const SHOWN: readonly string[] = ['name', 'offering', 'imageId', 'networkId', 'sshKeys', ...MORE];

/** The page that makes a server. All of it is chosen already: who presses the button at once gets a server that works. */
export function CreateServer({ schema, page, given }: CreatePageProps) {
  const { api, catalogue, say, amounts, labels, go, notify, asking } = usePanel();
  const id = useId();
  const offerings = useAll('offering');
  const images = useAll('image');
  const networks = ownOf(useAll('network'));
  const servers = ownOf(useAll('virtualmachine'));
  const accountType = catalogue.type('account');
  const accounts = accountType && catalogue.collectionUrl(accountType);
  const { value: account } = useAnswer(
    async (signal) =>
      accounts === undefined ? undefined : api.read(`${accounts}/${asking.accountId}`, signal),
    [accounts],
  );
  const fields: Fields = Object.fromEntries(
    MORE.flatMap((name) => {
      const field = schema.resourceFields[name];
      return field?.create === true ? [[name, field] as const] : [];
    }),
  );
  const [began] = useState(() => writtenOf(fields, {}));
  const [more, setMore] = useState<Written>(began);
  // What the reader has not chosen is as it is best now: lists may come late, and change.
  const [chosen, setChosen] = useState<Written>(() => textsIn(given));
  const [keys, setKeys] = useState<readonly string[] | undefined>();
  const [ownKeys, setOwnKeys] = useState('');
  const [problem, setProblem] = useState<Problem | undefined>();
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState<'no' | 'network' | 'server'>('no');

  // Administrators see what others have; a server of theirs is in a network of theirs.
  function ownOf(list: LiveList): LiveList {
    const rows = list.rows.filter((row) => row['accountId'] === asking.accountId);
    return { ...list, rows };
  }
  const makeNetwork = networks.page?.createTypes['network'];
  const free = freeNetwork(
    networks.rows.map(({ ipv4Cidr }) => textOf(ipv4Cidr)),
    networks.rows.map(({ name }) => name ?? ''),
  );
  const range = free.ipv4Cidr;
  const name = chosen['name'] ?? freeName('server', servers.rows);
  const offering = chosen['offering'] ?? usualOffering(offerings.rows)?.name ?? '';
  const imageId = chosen['imageId'] ?? usualImage(images.rows)?.id ?? '';
  const networkId = chosen['networkId'] ?? usualNetwork(networks.rows)?.id ?? NEW;
  const network = networks.rows.find((row) => row.id === networkId);
  const chosenKeys = keys ?? lastKeys(servers.rows);
  const choose = (field: string) => (value: string) =>
    setChosen((last) => ({ ...last, [field]: value }));
  const write = (field: string, value: string): void =>
    setMore((last) => ({ ...last, [field]: value }));
  const wrong = (field: string): string | undefined => problem?.fields[field];

  const aboutImage = (image: Resource): string => {
    const disk = diskGbOf(image);
    const size =
      disk === undefined ? [] : [say('server.diskOf', { size: amounts.bytes(disk * GB) })];
    const state = image.transitioning === 'no' ? [] : [labels.state(image.state ?? '')];
    return [...size, ...state].join(' · ');
  };
  // What is wrong may be out of sight.
  useEffect(() => {
    form.current
      ?.querySelector<HTMLElement>(
        ':is(input, textarea)[aria-invalid="true"], [aria-invalid="true"] input',
      )
      ?.focus();
  }, [problem]);
  const networkFor = async (): Promise<string> => {
    if (networkId !== NEW || makeNetwork === undefined) return networkId;
    setBusy('network');
    const made = await api.create(makeNetwork, free);
    // Were the server refused, its network would be there already.
    choose('networkId')(made.id);
    return made.id;
  };
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const to = page.createTypes[schema.id];
    if (to === undefined) return;
    try {
      const into = await networkFor();
      setBusy('server');
      const sshKeys = [...chosenKeys, ...linesOf(ownKeys)];
      const body: Document = {
        name,
        offering,
        imageId,
        networkId: into,
        ...(sshKeys.length > 0 ? { sshKeys } : {}),
        ...bodyOf(fields, more, began),
      };
      const made = await api.create(to, body);
      notify(say('toast.created', { name: titleOf(made) }));
      go(pathTo(schema.pluralName, made.id));
    } catch (thrown) {
      setProblem(problemOf(thrown));
    } finally {
      setBusy('no');
    }
  };
  const isLoading = [offerings, images, networks, servers].some(({ state }) => state === 'loading');
  if (isLoading) return <p role="status">{say('loading')}</p>;
  return (
    <form class="create" ref={form} noValidate onSubmit={(event) => void send(event)}>
      <div class="create-fields">
        <LabelledInput
          id={`${id}-name`}
          label={labels.field(schema.id, 'name')}
          type="text"
          maxLength={schema.resourceFields['name']?.maxLength ?? undefined}
          value={name}
          onChange={choose('name')}
          about={say('server.nameAbout')}
          wrong={wrong('name')}
        />
        <CardChoice
          legend={say('server.size')}
          name="offering"
          cards={sizeCards(offerings.rows, { say, amounts })}
          value={offering}
          onChange={choose('offering')}
          about={say('server.sizeAbout')}
          wrong={wrong('offering')}
        />
        <CardChoice
          legend={say('server.image')}
          name="imageId"
          cards={images.rows.map((image) => ({
            value: image.id,
            title: titleOf(image),
            text: aboutImage(image),
          }))}
          value={imageId}
          onChange={choose('imageId')}
          about={images.rows.length === 0 ? say('server.noImages') : undefined}
          wrong={wrong('imageId')}
        />
        <CardChoice
          legend={say('server.network')}
          name="networkId"
          cards={[
            ...networks.rows.map((row) => ({
              value: row.id,
              title: titleOf(row),
              text: String(row['ipv4Cidr']),
            })),
            ...(makeNetwork === undefined
              ? []
              : [{ value: NEW, title: say('server.newNetwork'), text: range }]),
          ]}
          value={networkId}
          onChange={choose('networkId')}
          about={say('server.networkAbout')}
          wrong={wrong('networkId') ?? wrong('ipv4Cidr')}
        />
        <KeyChoice
          known={keysOf(servers.rows)}
          chosen={chosenKeys}
          onChoose={setKeys}
          written={ownKeys}
          onWrite={setOwnKeys}
          wrong={wrong('sshKeys')}
        />
        <details open={MORE.some((field) => wrong(field) !== undefined)}>
          <summary>{say('server.more')}</summary>
          {Object.entries(fields).map(([field, how]) => (
            <FieldInput
              key={field}
              id={`${id}-${field}`}
              typeId={schema.id}
              name={field}
              field={how}
              value={more[field] ?? ''}
              wrong={wrong(field)}
              onChange={(value) => write(field, value)}
              written={more}
              write={write}
              given={given}
            />
          ))}
        </details>
      </div>
      <ServerSummary
        offering={offerings.rows.find((row) => (row.name ?? row.id) === offering)}
        image={images.rows.find((row) => row.id === imageId)}
        network={
          network === undefined
            ? say('server.addressIn', { range })
            : say('server.addressIn', { range: String(network['ipv4Cidr']) })
        }
        count={servers.rows.length}
        account={account}
      >
        <ProblemBox problem={problem} beside={SHOWN} />
        <button type="submit" class="main" disabled={busy !== 'no'}>
          {busy === 'network' ? say('server.makingNetwork') : say('server.create')}
        </button>
      </ServerSummary>
    </form>
  );
}

/** What an address says of a field, as text. */
function textsIn(given: Document): Written {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, textOf(value)]));
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
