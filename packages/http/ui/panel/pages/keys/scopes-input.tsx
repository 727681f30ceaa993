import { useState } from 'preact/hooks';
import type { MessageName } from '#texts/messages.js';
import { usePanel } from '../../context.js';
import type { InputProps } from '../../parts/form-view.js';
import { hasOwn, opens, turned, VERBS, verbsOf } from './scopes.js';

/** What most keys are for, as scopes, a line each. */
const USUAL: readonly (readonly [scopes: string, text: MessageName])[] = [
  ['', 'scopes.all'],
  ['*:read', 'scopes.read'],
  ['*:read\nvirtualmachine:act', 'scopes.restart'],
];

const CHOSEN = 'chosen';

/** What a key or a login is to open: what most want, or verb by verb for each type. */
export function ScopesInput({ id, value, onChange }: InputProps) {
  const { say } = usePanel();
  const isUsual = USUAL.some(([scopes]) => scopes === value);
  const [kind, setKind] = useState(isUsual ? value : CHOSEN);
  return (
    <>
      <select
        id={id}
        value={kind}
        aria-describedby={`${id}-about`}
        onChange={({ currentTarget: { value: chosen } }) => {
          setKind(chosen);
          onChange(chosen === CHOSEN ? value || '*:read' : chosen);
        }}
      >
        {USUAL.map(([scopes, text]) => (
          <option key={scopes} value={scopes}>
            {say(text)}
          </option>
        ))}
        <option value={CHOSEN}>{say('scopes.choose')}</option>
      </select>
      {kind === CHOSEN && <Grid value={value} onChange={onChange} />}
    </>
  );
}

function Grid({ value, onChange }: Pick<InputProps, 'value' | 'onChange'>) {
  const { catalogue, labels, say } = usePanel();
  const scopes = value.split('\n').filter((line) => line !== '');
  const rows = [
    { type: '*', label: say('scopes.everyType'), verbs: VERBS },
    ...catalogue.listed.map((schema) => ({
      type: schema.id,
      label: labels.plural(schema),
      verbs: verbsOf(schema),
    })),
  ];
  return (
    <div class="table-room scopes">
      <table>
        <thead>
          <tr>
            <th scope="col">{say('scopes.type')}</th>
            {VERBS.map((verb) => (
              <th key={verb} scope="col">
                {say(`verb.${verb}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ type, label, verbs }) => (
            <tr key={type}>
              <th scope="row">{label}</th>
              {VERBS.map((verb) => (
                <td key={verb}>
                  {verbs.some((one) => one === verb) && (
                    <input
                      type="checkbox"
                      aria-label={`${label}: ${say(`verb.${verb}`)}`}
                      checked={opens(scopes, type, verb)}
                      disabled={opens(scopes, type, verb) && !hasOwn(scopes, type, verb)}
                      onChange={() => onChange(turned(scopes, type, verb).join('\n'))}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
