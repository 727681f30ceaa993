import { useId, useState } from 'preact/hooks';
import type { Document, Fields } from '../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../hypermedia/problem.js';
import { usePanel } from '../context.js';
import { FieldInput } from './field-input.js';
import { bodyOf, type Written, writtenOf } from './field-values.js';
import type { FormView } from './form-view.js';
import { ProblemBox } from './problem-box.js';

interface SchemaFormProps {
  readonly typeId: string;
  readonly fields: Fields;
  readonly values?: Document;
  /** Whether all that is filled in is sent, or what was changed. */
  readonly sends: 'what is filled in' | 'what was changed';
  readonly button: string;
  readonly submit: (body: Document) => Promise<void>;
  readonly view?: FormView | undefined;
}

/** A form made of a schema. What few need is folded away; what the API says is wrong stands beside the field. */
export function SchemaForm(props: SchemaFormProps) {
  const { typeId, fields, values = {}, sends, button, submit, view = {} } = props;
  const { say } = usePanel();
  const id = useId();
  const [began] = useState(() => writtenOf(fields, values));
  const [written, setWritten] = useState<Written>(began);
  const [problem, setProblem] = useState<Problem | undefined>();
  const [busy, setBusy] = useState(false);
  const names = Object.keys(fields).filter((name) => view.isAsked?.(name, written) ?? true);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const asked = Object.fromEntries(
        Object.entries(fields).filter(([name]) => names.includes(name)),
      );
      await submit(bodyOf(asked, written, sends === 'what was changed' ? began : undefined));
      setProblem(undefined);
    } catch (thrown) {
      setProblem(problemOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  const write = (name: string, value: string): void =>
    setWritten((last) => ({ ...last, [name]: value }));
  const { first, rest } = folded(fields, names, view);
  const isWrong = (name: string): boolean => problem?.fields[name] !== undefined;
  const inputs = (shown: readonly string[]) =>
    shown.map((name) => {
      const field = fields[name];
      return field === undefined ? null : (
        <FieldInput
          key={name}
          id={`${id}-${name}`}
          typeId={typeId}
          name={name}
          field={field}
          value={written[name] ?? ''}
          wrong={problem?.fields[name]}
          onChange={(value) => write(name, value)}
          written={written}
          write={write}
          given={values}
          own={view.inputs?.[name]}
        />
      );
    });
  const Preview = view.preview;
  return (
    <form class="form" noValidate onSubmit={(event) => void send(event)}>
      {inputs(first)}
      {rest.length > 0 && (
        <details open={rest.some(isWrong)}>
          <summary>{say('frame.more')}</summary>
          {inputs(rest)}
        </details>
      )}
      {Preview !== undefined && (
        <p class="preview" role="status">
          <Preview written={written} given={values} />
        </p>
      )}
      <ProblemBox problem={problem} beside={names} />
      <button type="submit" class="main" disabled={busy}>
        {button}
      </button>
    </form>
  );
}

/** So many fields are shown all at once. */
const FEW = 5;

function folded(
  fields: Fields,
  names: readonly string[],
  { first: chosen }: FormView,
): { readonly first: readonly string[]; readonly rest: readonly string[] } {
  const isFirst = (name: string): boolean =>
    name === 'name' || fields[name]?.required === true || fields[name]?.suggested === true;
  const first =
    chosen?.filter((name) => names.includes(name)) ??
    (names.length <= FEW ? names : names.filter(isFirst));
  return { first, rest: names.filter((name) => !first.includes(name)) };
}
