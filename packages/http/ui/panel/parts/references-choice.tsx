import { usePanel } from '../context.js';
import { useName } from '../live/use-name.js';
import { ReferenceChoice } from './reference-choice.js';

interface ReferencesChoiceProps {
  readonly id: string;
  /** The type to choose from. */
  readonly of: string;
  /** The ids of what is chosen, a line each. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A choice of several resources of a type: those that are chosen, and an input for one more. */
export function ReferencesChoice({ id, of, value, onChange }: ReferencesChoiceProps) {
  const chosen = value.split('\n').filter((line) => line !== '');
  return (
    <>
      {chosen.length > 0 && (
        <ul class="chips">
          {chosen.map((one) => (
            <Chip
              key={one}
              of={of}
              id={one}
              onRemove={() => onChange(chosen.filter((other) => other !== one).join('\n'))}
            />
          ))}
        </ul>
      )}
      <ReferenceChoice
        key={chosen.length}
        id={id}
        of={of}
        value=""
        onChange={(one) => {
          if (one !== '' && !chosen.includes(one)) onChange([...chosen, one].join('\n'));
        }}
        isRequired={false}
        describedBy={`${id}-about`}
        isWrong={false}
      />
    </>
  );
}

interface ChipProps {
  readonly of: string;
  readonly id: string;
  readonly onRemove: () => void;
}

function Chip({ of, id, onRemove }: ChipProps) {
  const { labels, say } = usePanel();
  const name = useName(of, id) ?? `${labels.type(of)} ${id}`;
  return (
    <li class="chip">
      <bdi>{name}</bdi>
      <button
        type="button"
        class="plain"
        aria-label={`${say('action.remove')}: ${name}`}
        onClick={onRemove}
      >
        ×
      </button>
    </li>
  );
}
