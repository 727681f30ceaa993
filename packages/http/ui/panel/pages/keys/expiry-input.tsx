import { useState } from 'preact/hooks';
import type { MessageName } from '#texts/messages.js';
import { usePanel } from '../../context.js';
import { DateInput } from '../../parts/date-input.js';
import type { InputProps } from '../../parts/form-view.js';

const DAY_MS = 86_400_000;
const SPANS: readonly (readonly [days: string, text: MessageName])[] = [
  ['', 'expiry.never'],
  ['30', 'expiry.month'],
  ['90', 'expiry.quarter'],
  ['365', 'expiry.year'],
  ['other', 'expiry.other'],
];

/** How long a key is good for: spans that most people mean, or a moment. */
export function ExpiryInput({ id, value, wrong, onChange }: InputProps) {
  const { amounts, say } = usePanel();
  const [span, setSpan] = useState(value === '' ? '' : 'other');
  const choose = (chosen: string): void => {
    setSpan(chosen);
    if (chosen === '') onChange('');
    else if (chosen !== 'other')
      onChange(
        new Date(Date.now() + Number(chosen) * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z'),
      );
  };
  return (
    <>
      <select
        id={id}
        value={span}
        aria-describedby={`${id}-about`}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        {SPANS.map(([days, text]) => (
          <option key={days} value={days}>
            {say(text)}
          </option>
        ))}
      </select>
      {span === 'other' ? (
        <DateInput
          id={`${id}-moment`}
          aria-label={say('expiry.other')}
          aria-describedby={`${id}-about`}
          aria-invalid={wrong !== undefined}
          required={false}
          value={value}
          onChange={onChange}
        />
      ) : (
        value !== '' && <p>{say('expiry.until', { moment: amounts.moment(value) })}</p>
      )}
    </>
  );
}
