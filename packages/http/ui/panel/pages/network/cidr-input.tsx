import { usePanel } from '../../context.js';
import type { InputProps } from '../../parts/form-view.js';

/** The others that a rule is about, with “everybody” at hand. */
export function CidrInput({ id, value, wrong, onChange }: InputProps) {
  const { say } = usePanel();
  return (
    <>
      <input
        id={id}
        type="text"
        autocomplete="off"
        placeholder="198.51.100.0/24"
        value={value}
        aria-describedby={`${id}-about`}
        aria-invalid={wrong !== undefined}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <div class="actions presets" role="group" aria-label={say('presets')}>
        {['0.0.0.0/0', '::/0'].map((cidr) => (
          <button
            key={cidr}
            type="button"
            aria-pressed={value === cidr}
            onClick={() => onChange(cidr)}
          >
            {say('rule.anywhere', { cidr })}
          </button>
        ))}
      </div>
    </>
  );
}
