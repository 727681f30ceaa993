import { FieldNote } from './field-note.js';

interface LabelledInputProps {
  readonly id: string;
  readonly label: string;
  readonly type: 'text' | 'number';
  readonly min?: number;
  readonly max?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly about?: string;
  readonly wrong: string | undefined;
}

/** A line to write in, what it is for, and what is wrong with it. */
export function LabelledInput(props: LabelledInputProps) {
  const { id, label, type, min, max, maxLength, value, onChange, about, wrong } = props;
  const said = wrong ?? about;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={type}
        autocomplete="off"
        min={min}
        max={max}
        maxLength={maxLength}
        value={value}
        aria-invalid={wrong !== undefined}
        aria-describedby={said === undefined ? undefined : `${id}-about`}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {said !== undefined && <FieldNote id={`${id}-about`} wrong={wrong} about={about} />}
    </div>
  );
}
