import { useId } from 'preact/hooks';
import { usePanel } from '../../context.js';
import { FieldNote } from '../../parts/field-note.js';
import { keyName } from './new-server.js';

interface KeyChoiceProps {
  /** Keys that were used before. */
  readonly known: readonly string[];
  readonly chosen: readonly string[];
  readonly onChoose: (chosen: readonly string[]) => void;
  /** Others, one a line. */
  readonly written: string;
  readonly onWrite: (written: string) => void;
  readonly wrong: string | undefined;
}

/** Whose keys open a new server: those that earlier servers have, and any other. */
export function KeyChoice({ known, chosen, onChoose, written, onWrite, wrong }: KeyChoiceProps) {
  const { say } = usePanel();
  const id = useId();
  return (
    <fieldset class="cards" aria-invalid={wrong !== undefined}>
      <legend>{say('server.keys')}</legend>
      {known.map((key) => (
        <label key={key} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(key)}
            onChange={(event) =>
              onChoose(
                event.currentTarget.checked
                  ? [...chosen, key]
                  : chosen.filter((other) => other !== key),
              )
            }
          />
          <bdi>{keyName(key)}</bdi>
        </label>
      ))}
      <textarea
        id={id}
        rows={known.length > 0 ? 2 : 3}
        spellcheck={false}
        aria-label={say('server.keysOther')}
        aria-describedby={`${id}-about`}
        placeholder="ssh-ed25519 AAAA… you@laptop"
        value={written}
        onInput={(event) => onWrite(event.currentTarget.value)}
      />
      <FieldNote id={`${id}-about`} wrong={wrong} about={say('server.keysAbout')} />
    </fieldset>
  );
}
