import type { ComponentType } from 'preact';
import { isMessage } from '#texts/speak.js';
import { isList, referredType } from '../../hypermedia/catalogue.js';
import { usePanel } from '../context.js';
import { DateInput } from './date-input.js';
import { FieldNote } from './field-note.js';
import type { InputProps } from './form-view.js';
import { ReferenceChoice } from './reference-choice.js';
import { ReferencesChoice } from './references-choice.js';

interface FieldInputProps extends InputProps {
  /** An input that knows more of the field than its schema does. */
  readonly own?: ComponentType<InputProps> | undefined;
}

/** From so many characters on a text is written in several lines. */
const LONG = 300;

/** The input of a field as its schema says: kind, limits, default, description, and what is wrong with it. */
export function FieldInput({ own: Own = Control, ...props }: FieldInputProps) {
  const { id, typeId, name, field, wrong } = props;
  const { labels, say } = usePanel();
  const about = `about.${typeId}.${name}`;
  return (
    <div class="field">
      <label id={`${id}-label`} for={id}>
        {labels.field(typeId, name)}
        {field.required && <span class="quiet"> ({say('required')})</span>}
      </label>
      <Own {...props} />
      <FieldNote
        id={`${id}-about`}
        wrong={wrong}
        about={isMessage(about) ? say(about) : field.description}
      />
    </div>
  );
}

function Control({ id, field, value, wrong, onChange }: InputProps) {
  const { labels } = usePanel();
  const shared = {
    id,
    value,
    'aria-describedby': `${id}-about`,
    'aria-invalid': wrong !== undefined,
    required: field.required,
  };
  const took = (event: Event & { readonly currentTarget: { readonly value: string } }): void =>
    onChange(event.currentTarget.value);
  const { type, options } = field;
  const refers = referredType(type);
  if (refers !== undefined && isList(type))
    return <ReferencesChoice id={id} of={refers} value={value} onChange={onChange} />;
  if (refers !== undefined)
    return (
      <ReferenceChoice
        id={id}
        of={refers}
        value={value}
        onChange={onChange}
        isRequired={field.required}
        describedBy={`${id}-about`}
        isWrong={wrong !== undefined}
      />
    );
  if (options !== null || type === 'boolean') {
    const choices = options ?? ['true', 'false'];
    const isSure = value !== '' && (field.required || field.default !== null);
    return (
      <select {...shared} onChange={took}>
        {(isSure ? choices : ['', ...choices]).map((option) => (
          <option key={option} value={option}>
            {option === '' ? '' : labels.state(option)}
          </option>
        ))}
      </select>
    );
  }
  if (type === 'int')
    return (
      <input
        {...shared}
        type="number"
        min={field.min ?? undefined}
        max={field.max ?? undefined}
        onInput={took}
      />
    );
  if (type === 'password' && (field.maxLength ?? 0) <= LONG)
    return <input {...shared} type="password" autocomplete="off" onInput={took} />;
  if (type === 'date') return <DateInput {...shared} onChange={onChange} />;
  const isLong = (type === 'string' || type === 'password') && (field.maxLength ?? 0) > LONG;
  if (isLong || type !== 'string')
    return <textarea {...shared} rows={isList(type) ? 2 : 3} onInput={took} />;
  const example = typeof field.example === 'string' ? field.example : undefined;
  return (
    <input
      {...shared}
      type="text"
      autocomplete="off"
      maxLength={field.maxLength ?? undefined}
      placeholder={example}
      onInput={took}
    />
  );
}
