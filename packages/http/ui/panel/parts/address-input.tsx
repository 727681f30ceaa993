import { useEffect, useState } from 'preact/hooks';
import type { Resource } from '../../hypermedia/documents.js';
import { textOf } from '../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../hypermedia/problem.js';
import { usePanel } from '../context.js';
import { useAll } from '../live/use-all.js';
import { useAnswer } from '../live/use-answer.js';
import { titleOf } from '../titles.js';
import type { InputProps } from './form-view.js';
import { ProblemBox } from './problem-box.js';
import { StateBadge } from './state-badge.js';

/**
 * The choice of one of a network’s public addresses, and a way to take one where it has none. Which network is meant is known
 * from what else is written: the network itself, or a server.
 */
export function AddressInput(props: InputProps) {
  const { id, value, onChange, wrong } = props;
  const { api, say } = usePanel();
  const network = useNetwork(props);
  const { rows, page, state } = useAll('ipaddress');
  const [problem, setProblem] = useState<Problem | undefined>();
  const here = rows.filter(({ networkId }) => network !== undefined && networkId === network);
  const spare = rows.find((row) => row['networkId'] == null && row.actions['assign']);
  const only = here[0]?.id;
  const chosen = here.find((row) => row.id === value);
  const isHere = chosen !== undefined;
  useEffect(() => {
    if (state === 'there' && network !== undefined && !isHere) onChange(only ?? '');
  }, [state, network, isHere, only]);
  const take = async (make: () => Promise<Resource>): Promise<void> => {
    try {
      const { id: taken } = await make();
      setProblem(undefined);
      onChange(taken);
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
  };
  const to = page?.createTypes['ipaddress'];
  const assign = spare?.actions['assign'];
  if (network === undefined)
    return <input id={id} disabled value={say('address.later')} aria-describedby={`${id}-about`} />;
  return (
    <>
      <select
        id={id}
        value={value}
        aria-describedby={`${id}-about`}
        aria-invalid={wrong !== undefined}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        {here.length === 0 && <option value="">{say('address.none')}</option>}
        {here.map((row) => (
          <option key={row.id} value={row.id}>
            {textOf(row['address'] ?? '') === '' ? say('address.coming') : titleOf(row)}
          </option>
        ))}
      </select>
      {chosen !== undefined && chosen.transitioning !== 'no' && (
        <p role="status">
          <StateBadge resource={chosen} /> {chosen.transitioningMessage}
        </p>
      )}
      <div class="actions">
        {assign !== undefined && spare !== undefined && (
          <button
            type="button"
            onClick={() => void take(() => api.act(assign, { networkId: network }))}
          >
            {say('address.assign', { address: titleOf(spare) })}
          </button>
        )}
        {to !== undefined && (
          <button
            type="button"
            onClick={() => void take(() => api.create(to, { networkId: network }))}
          >
            {say('address.take')}
          </button>
        )}
      </div>
      <ProblemBox problem={problem} />
    </>
  );
}

// What is written first, else what the page was opened for.
function useNetwork({ written, given }: InputProps): string | undefined {
  const { api, catalogue } = usePanel();
  const known = textOf(written['networkId'] ?? '');
  const [server = ''] = (written['virtualmachineId'] ?? written['virtualmachineIds'] ?? '').split(
    '\n',
  );
  const schema = catalogue.type('virtualmachine');
  const url = schema && catalogue.collectionUrl(schema);
  const { value } = useAnswer(
    async (signal) =>
      server === '' || url === undefined
        ? undefined
        : api.read(`${url}/${encodeURIComponent(server)}`, signal),
    [server, url],
  );
  const found = server === '' ? undefined : value?.['networkId'];
  const network = known === '' ? textOf(found ?? given['networkId'] ?? '') : known;
  return network === '' ? undefined : network;
}
