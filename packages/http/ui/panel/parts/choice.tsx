import type { Resource } from '../../hypermedia/documents.js';
import { titleOf } from '../titles.js';
import { FieldNote } from './field-note.js';

interface ChoiceProps {
  readonly id: string;
  readonly label: string;
  /** Nothing, as it is called; undefined where something must be chosen. */
  readonly none?: string;
  readonly rows: readonly Resource[];
  readonly value: string;
  readonly onChange: (id: string) => void;
  readonly about?: string;
  readonly wrong: string | undefined;
}

/** One of the resources that a page knows already, as a list to choose from. */
export function Choice({ id, label, none, rows, value, onChange, about, wrong }: ChoiceProps) {
  const said = wrong ?? about;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-invalid={wrong !== undefined}
        aria-describedby={said === undefined ? undefined : `${id}-about`}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {none !== undefined && <option value="">{none}</option>}
        {rows.map((row) => (
          <option key={row.id} value={row.id}>
            {titleOf(row)}
          </option>
        ))}
      </select>
      {said !== undefined && <FieldNote id={`${id}-about`} wrong={wrong} about={about} />}
    </div>
  );
}
