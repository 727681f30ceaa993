interface DateInputProps {
  readonly id: string;
  /** ISO 8601, in UTC; empty for none. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly 'aria-label'?: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
  readonly required: boolean;
}

/** A moment, written as the reader’s own clock shows it. */
export function DateInput({ value, onChange, ...shared }: DateInputProps) {
  return (
    <input
      {...shared}
      type="datetime-local"
      value={localOf(value)}
      onInput={({ currentTarget }) => onChange(momentOf(currentTarget.value))}
    />
  );
}

/** A moment as such an input holds it: `2027-01-31T12:00`, by the reader’s clock. */
export function localOf(moment: string): string {
  const date = new Date(moment);
  if (moment === '' || Number.isNaN(date.getTime())) return '';
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The other way about. */
export function momentOf(local: string): string {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/\.\d+Z$/, 'Z');
}
