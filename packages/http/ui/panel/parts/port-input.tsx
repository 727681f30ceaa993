import { usePanel } from '../context.js';
import type { InputProps } from './form-view.js';

/** What most people open. */
const USUAL: readonly (readonly [port: string, what: string])[] = [
  ['443', 'HTTPS'],
  ['80', 'HTTP'],
  ['22', 'SSH'],
  ['3389', 'RDP'],
];

/** A port, with those that most people mean at hand. */
export function PortInput({ id, value, field, wrong, onChange }: InputProps) {
  const { say } = usePanel();
  return (
    <>
      <input
        id={id}
        type="number"
        min={field.min ?? undefined}
        max={field.max ?? undefined}
        value={value}
        aria-describedby={`${id}-about`}
        aria-invalid={wrong !== undefined}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <div class="actions presets" role="group" aria-label={say('presets')}>
        {USUAL.map(([port, what]) => (
          <button
            key={port}
            type="button"
            aria-pressed={value === port}
            onClick={() => onChange(port)}
          >
            {port} {what}
          </button>
        ))}
      </div>
    </>
  );
}
