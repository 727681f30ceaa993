import { useState } from 'preact/hooks';
import type { Speak } from '#texts/speak.js';
import { usePanel } from '../../context.js';
import type { InputProps } from '../../parts/form-view.js';

/** Easily told apart when read out or written down. */
const SYMBOLS = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const SUGGESTED = 20;
const STRONG = 16;

/** A new password: how long it is, one to take, and a look at what was typed. */
export function PasswordInput({ id, value, field, wrong, onChange }: InputProps) {
  const { say } = usePanel();
  const [seen, setSeen] = useState<'no' | 'yes'>('no');
  return (
    <>
      <input
        id={id}
        type={seen === 'yes' ? 'text' : 'password'}
        autocomplete="new-password"
        spellcheck={false}
        value={value}
        aria-describedby={`${id}-strength ${id}-about`}
        aria-invalid={wrong !== undefined}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <p id={`${id}-strength`} role="status">
        {strengthOf(value, field.minLength ?? 0, say)}
      </p>
      <div class="actions presets">
        <button
          type="button"
          aria-pressed={seen === 'yes'}
          onClick={() => setSeen(seen === 'yes' ? 'no' : 'yes')}
        >
          {say('password.show')}
        </button>
        <button
          type="button"
          onClick={() => {
            onChange(suggested());
            setSeen('yes');
          }}
        >
          {say('password.suggest')}
        </button>
      </div>
    </>
  );
}

/** What is to be said of a password: length is what helps (NIST SP 800-63B, 5.1.1.2). */
export function strengthOf(password: string, least: number, say: Speak): string {
  const { length } = Array.from(password);
  if (length === 0) return '';
  if (length < least) return say('password.short', { more: least - length });
  const different = new Set(password).size;
  return say(length >= STRONG && different >= STRONG / 2 ? 'password.strong' : 'password.enough');
}

// Bytes that would make some symbols likelier than others are left out.
function suggested(): string {
  const fair = 256 - (256 % SYMBOLS.length);
  let text = '';
  while (text.length < SUGGESTED)
    for (const byte of crypto.getRandomValues(new Uint8Array(SUGGESTED)))
      if (byte < fair && text.length < SUGGESTED) text += SYMBOLS.charAt(byte % SYMBOLS.length);
  return text;
}
